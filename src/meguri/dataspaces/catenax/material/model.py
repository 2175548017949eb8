"""Wire format of `io.catenax.material_accounting` 1.0.0: recycling batches and recycling information.

Keys as the semantic model has them. Source: eclipse-tractusx/sldt-semantic-models (CC BY 4.0); only its facts are used.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Bpns = Annotated[str, Meta(pattern="^BPNS[a-zA-Z0-9]{12}$")]
Percent = Annotated[float, Meta(ge=0, le=100)]
ProcessType = Literal[
    "Dismantling",
    "Depollution",
    "Transport",
    "Pre-recycling",
    "Core-recycling",
    "Follow-up Recycling",
    "Material Manufacturing",
    "Component Manufacturing",
    "Residue Treatment",
]
Treatment = Annotated[str, Meta(pattern="^(R(1[0-3]|[1-9])|D(1[0-5]|[1-9]))$")]


class Container(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the material travels in: kg, litres."""

    container_weight: float
    container_volume: float
    container_description: str
    container_type_id: str


class Actor(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A sender or receiver at a site."""

    bpns_property: Bpns
    actor_number: str
    actor_role: str


class Operator(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who runs the process."""

    transfer_id: str
    bpns_property: Bpns


class ProcessInformation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What kind of process it is."""

    process_type: ProcessType
    treatment_procedure: Treatment
    mechanical_recycling: bool
    chemical_recycling: bool


class ChildProcessStep(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One step with its net masses [kg]."""

    child_process_type: str
    start_timestamp: str
    end_timestamp: str
    input_net_mass: float
    output_net_mass: float
    process_loss: float
    loss_type: str
    measurement_type: str
    measurement_timestamp: str
    weighing_slip: str


class RecyclingBatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One batch; every part is required."""

    recycling_batch_id: str
    global_asset_id: Annotated[str, Meta(pattern="^(urn:uuid:)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")]
    container: Container
    sender: Actor
    receiver: Actor
    operator: Operator
    process_information: ProcessInformation
    child_process_steps: list[ChildProcessStep]


class Shares(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Shares by the industry that the waste came from [%]."""

    automotive: Percent
    non_automotive: Percent


class MaterialSources(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Primary and secondary material [%]; together 100."""

    primary_material: Percent
    secondary_material: Percent


class RecyclingInformation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where a material comes from; secondary = reutilisation + pre-consumer + post-consumer."""

    origin: Literal["EU", "Non-EU"]
    reutilization_material_share: Percent
    pre_consumer_shares: Shares
    post_consumer_shares: Shares
    material_source_shares: MaterialSources
    other_information: str = ""
