"""From the ledger to Catena-X material accounting. Foreign words end here."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from meguri.dataspaces.catenax.material.model import (
    Actor,
    ChildProcessStep,
    Container,
    MaterialSources,
    Operator,
    ProcessInformation,
    ProcessType,
    RecyclingBatch,
    RecyclingInformation,
    Shares,
)
from meguri.kernel.clock import seconds_z
from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text
from meguri.recycling.model import SourceClass, StepType
from meguri.recycling.rates import half_up
from meguri.recycling.records import RunDetail

PROCESS: Mapping[StepType, ProcessType] = {
    StepType.COLLECTION: "Depollution",
    StepType.SORTING: "Depollution",
    StepType.STORAGE: "Depollution",
    StepType.DISCHARGE: "Depollution",
    StepType.DEPOLLUTION: "Depollution",
    StepType.DISMANTLING: "Dismantling",
    StepType.SHREDDING: "Pre-recycling",
    StepType.THERMAL_PRETREATMENT: "Pre-recycling",
    StepType.MECHANICAL_SEPARATION: "Pre-recycling",
    StepType.BLENDING: "Pre-recycling",
    StepType.LEACHING: "Core-recycling",
    StepType.SOLVENT_EXTRACTION: "Core-recycling",
    StepType.PRECIPITATION: "Core-recycling",
    StepType.SMELTING: "Core-recycling",
    StepType.CONVERTING: "Core-recycling",
    StepType.REFINING: "Core-recycling",
    StepType.DIRECT_RELITHIATION: "Core-recycling",
    StepType.CRYSTALLISATION: "Follow-up Recycling",
    StepType.PRECURSOR_SYNTHESIS: "Follow-up Recycling",
    StepType.CAM_SYNTHESIS: "Material Manufacturing",
    StepType.ELECTRODE_COATING: "Component Manufacturing",
    StepType.CELL_ASSEMBLY: "Component Manufacturing",
    StepType.PACK_ASSEMBLY: "Component Manufacturing",
    StepType.RESIDUE_TREATMENT: "Residue Treatment",
    StepType.DISPOSAL: "Residue Treatment",
}
CHILD: Mapping[StepType, str] = {
    StepType.DISMANTLING: "Remove battery",
    StepType.SHREDDING: "Shredding",
    StepType.MECHANICAL_SEPARATION: "Separation",
    StepType.SORTING: "Sorting",
    StepType.THERMAL_PRETREATMENT: "Heating",
    StepType.SMELTING: "Smelting",
    StepType.LEACHING: "Hydrometallurgy",
    StepType.SOLVENT_EXTRACTION: "Hydrometallurgy",
    StepType.PRECIPITATION: "Hydrometallurgy",
    StepType.STORAGE: "Storage",
    StepType.DISPOSAL: "Landfill disposal",
}
MECHANICAL = frozenset({StepType.DISMANTLING, StepType.SHREDDING, StepType.MECHANICAL_SEPARATION, StepType.BLENDING})
CHEMICAL = frozenset(
    {
        StepType.LEACHING,
        StepType.SOLVENT_EXTRACTION,
        StepType.PRECIPITATION,
        StepType.CRYSTALLISATION,
        StepType.REFINING,
    }
)
DEFAULT_TREATMENT = "R4"


class NotARecyclingBatch(Invalid):
    """Catena-X's batches are processes; this booking is none."""

    code = "dataspaces.catenax.not_a_batch"
    say = Text(
        ja="この記帳は工程ではないため、Catena-X の再生バッチにできません。",
        en="This booking is no process, so it cannot be told as a Catena-X recycling batch.",
    )


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends, receives and operates, by their Business Partner Numbers of sites."""

    sender: Actor
    receiver: Actor
    operator: Operator
    container: Container


def batch(detail: RunDetail, parties: Parties) -> RecyclingBatch:
    """A process run as a batch: net masses in, out and lost [kg]. Raises NotARecyclingBatch."""
    run = detail.run
    if run.step_type is None or run.kind != "process":
        raise NotARecyclingBatch
    into, out, lost = (_mass(detail, direction) for direction in ("in", "out", "loss"))
    slip = str(run.note.get("weighing_slip") or run.run_no)
    return RecyclingBatch(
        recycling_batch_id=run.run_no,
        global_asset_id=f"urn:uuid:{run.run_id}",
        container=parties.container,
        sender=parties.sender,
        receiver=parties.receiver,
        operator=parties.operator,
        process_information=ProcessInformation(
            process_type=PROCESS[run.step_type],
            treatment_procedure=run.treatment_code or DEFAULT_TREATMENT,
            mechanical_recycling=run.step_type in MECHANICAL,
            chemical_recycling=run.step_type in CHEMICAL,
        ),
        child_process_steps=[
            ChildProcessStep(
                child_process_type=CHILD.get(run.step_type, "Quality Testing"),
                start_timestamp=seconds_z(run.start_at),
                end_timestamp=seconds_z(run.end_at),
                input_net_mass=float(into),
                output_net_mass=float(out),
                process_loss=float(lost),
                loss_type="Process loss",
                measurement_type="Weighing",
                measurement_timestamp=seconds_z(run.end_at),
                weighing_slip=slip,
            )
        ],
    )


def _mass(detail: RunDetail, direction: str) -> Decimal:
    return sum((line.mass_kg for line in detail.lines if line.direction == direction), Decimal(0))


def information(sources: Mapping[str, Decimal], *, origin_in_eu: bool) -> RecyclingInformation:
    """Where a material comes from, by its shares of source classes (0–1): shares of 100 that add up.

    Battery waste is told as automotive, other waste as non-automotive; rests of rounding go to the primary share.
    """
    percent = {source: half_up(share * 100) for source, share in sources.items()}

    def of(source: SourceClass) -> Decimal:
        return percent.get(source.value, Decimal(0))

    pre = (of(SourceClass.BATTERY_MANUFACTURING_WASTE), of(SourceClass.OTHER_PRE_CONSUMER))
    post = (of(SourceClass.POST_CONSUMER_BATTERY), of(SourceClass.OTHER_POST_CONSUMER))
    again = of(SourceClass.REUTILISATION)
    secondary = min(again + sum(pre) + sum(post), Decimal(100))
    return RecyclingInformation(
        origin="EU" if origin_in_eu else "Non-EU",
        reutilization_material_share=float(again),
        pre_consumer_shares=Shares(automotive=float(pre[0]), non_automotive=float(pre[1])),
        post_consumer_shares=Shares(automotive=float(post[0]), non_automotive=float(post[1])),
        material_source_shares=MaterialSources(
            primary_material=float(100 - secondary), secondary_material=float(secondary)
        ),
    )


def checked(made: RecyclingBatch) -> RecyclingBatch:
    """The batch read back from its own JSON: every pattern and enumeration holds. Raises msgspec.ValidationError."""
    return msgspec.json.decode(msgspec.json.encode(made), type=RecyclingBatch)
