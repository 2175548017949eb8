"""`meguri health ingest | assess | predict | train | evaluate | card`: state of health, without server or database.

Exit codes: 0 written, 1 refused for another reason, 2 unusable input (nothing written), 3 nothing assessable (written,
values empty).
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # matrices of some hundred rows: more threads only wait for each other

import msgspec

from meguri.commands.words import DONE, MISUSED, complain, language, say
from meguri.health.assess.subject import Meta
from meguri.health.errors import IntervalInvalid, MetaInvalid, ModelUntrusted, Unusable
from meguri.health.pulse.record import DEFAULT_MODEL
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Text
from meguri.telemetry.errors import MappingInvalid, RecordTooLarge
from meguri.telemetry.reading import own_mapping
from meguri.telemetry.records import How

NOTHING_ASSESSABLE = 3

_NOT_WRITTEN = Text(
    ja="{path} に書き込めません: {detail}。出力先を確認してください。",
    en="{path} cannot be written: {detail}. Please check the output path.",
)
_NOTHING = Text(
    ja="推定できる行がありません。理由は {path} の reasons 列を確認してください。",
    en="No row could be assessed. The reasons column of {path} says why.",
)
_UNASSESSED = Text(
    ja="この記録からは何も推定できません。理由は {path} の results の reasons を確認してください。",
    en="Nothing could be estimated from this record. The reasons of each of the results in {path} say why.",
)
_TRAINED = Text(
    ja="{cells} セル・{rows} 行から学習しました: {path}", en="Trained on {cells} cells, {rows} rows: {path}"
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the actions and their options to `parser`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    predict = actions.add_parser("predict", help="state of health of each row of a table of pulse tests")
    predict.add_argument("input", type=Path, metavar="INPUT", help=".csv, .csv.gz or .parquet")
    predict.add_argument("output", type=Path, metavar="OUTPUT", help="written in the format of its extension")
    predict.add_argument("--confidence", type=float, default=0.90, help="of the interval, between 0.5 and 0.999")
    predict.add_argument("--model", default=DEFAULT_MODEL, help="id of a shipped model, or a model file (.json)")
    predict.add_argument("--soc-unit", choices=("percent", "fraction"), help="say it when soc is written as 0–1")
    train = actions.add_parser("train", help="make a model file from labelled pulse tests")
    train.add_argument("data", type=Path, metavar="DATA", help="as for predict, with soh_pct")
    train.add_argument("model_file", type=Path, metavar="MODEL", help="model file to write (.json)")
    train.add_argument("--seed", type=int, default=0, help="of the split into folds")
    evaluate = actions.add_parser("evaluate", help="cross-validated error and coverage on cells never seen")
    evaluate.add_argument("data", type=Path, metavar="DATA", help="as for train")
    evaluate.add_argument("--group", default="cell_id", help="column that is never split, or `design`")
    evaluate.add_argument("--folds", type=int, default=5)
    evaluate.add_argument("--seed", type=int, default=0)
    evaluate.add_argument("--confidence", type=float, default=0.90)
    for name, about in (
        (
            "ingest",
            "clean a record and write it with the canonical columns; the quality report goes to standard output",
        ),
        ("assess", "every method that a record allows, with intervals and reasons, as JSON"),
    ):
        reading = actions.add_parser(name, help=about)
        reading.add_argument("input", type=Path, metavar="INPUT", help=".csv, .csv.gz, .parquet, .bdf or .xlsx")
        reading.add_argument("output", type=Path, metavar="OUTPUT")
        reading.add_argument("--meta", type=Path, required=name == "assess", help="name plate as JSON")
        reading.add_argument("--profile", help="kind of source; found by the headers when not given")
        reading.add_argument("--mapping", type=Path, help="JSON list {source, target, scale, offset, unit, sentinel}")
        reading.add_argument(
            "--current-sign", choices=("keep", "flip"), default="keep", help="flip: discharge is positive"
        )
        reading.add_argument("--charger-efficiency", type=float, help="0–1, for energy metered at the charger")
    card = actions.add_parser("card", help="the card of a model: data, errors, limits")
    card.add_argument("model", nargs="?", default=DEFAULT_MODEL, help="id of a shipped model, or a model file (.json)")


def run(args: argparse.Namespace) -> int:
    """Does what `args` ask; returns the exit code."""
    try:
        return _ACTIONS[args.action](args)
    except (Unusable, RecordTooLarge, IntervalInvalid, ModelUntrusted) as refusal:
        return _refused(refusal, MISUSED)
    except Refusal as refusal:
        return _refused(refusal, 1)


def _refused(refusal: Refusal, code: int) -> int:
    print(f"meguri: {refusal.code}: {refusal.sentence(language())}", file=sys.stderr)
    return code


def _predict(args: argparse.Namespace) -> int:
    from meguri.health.pulse.files import predict_file

    try:
        assessed = predict_file(args.input, args.output, args.confidence, args.model, args.soc_unit)
    except OSError as problem:
        complain(_NOT_WRITTEN, path=args.output, detail=problem.strerror)
        return 1
    if not assessed:
        complain(_NOTHING, path=args.output)
        return NOTHING_ASSESSABLE
    return DONE


def _train(args: argparse.Namespace) -> int:
    from meguri.health.pulse.files import train_file

    try:
        model = train_file(args.data, args.model_file, args.seed)
    except OSError as problem:
        complain(_NOT_WRITTEN, path=args.model_file, detail=problem.strerror)
        return 1
    cells = sum(len(set(design.cell)) for design in model.designs)
    say(_TRAINED, cells=cells, rows=sum(len(design.soh) for design in model.designs), path=args.model_file)
    return DONE


def _evaluate(args: argparse.Namespace) -> int:
    from meguri.health.pulse.evaluate import evaluate, report
    from meguri.health.pulse.rawtable import read_table

    found = evaluate(read_table(args.data), args.group, args.folds, args.seed, args.confidence)
    print("\n".join(report(found)), flush=True)
    return DONE


def _card(args: argparse.Namespace) -> int:
    from meguri.health.pulse.card import card_of, encode_card
    from meguri.health.pulse.record import load_model

    print(encode_card(card_of(load_model(args.model))).decode(), flush=True)
    return DONE


def _assess(args: argparse.Namespace) -> int:
    from meguri.health.assess.run import assess_file

    meta = _meta(args.meta)
    try:
        found = assess_file(args.input, meta, _how(args))
    except ValueError as problem:
        raise MetaInvalid(detail=str(problem)) from None
    data = msgspec.json.format(msgspec.json.encode(found), indent=2)
    if not _written(args.output, data + b"\n"):
        return 1
    if not found.any_assessed:
        complain(_UNASSESSED, path=args.output)
        return NOTHING_ASSESSABLE
    return DONE


def _ingest(args: argparse.Namespace) -> int:
    from meguri.telemetry.canonical import write_canonical

    plate = (
        _meta(args.meta)
        if args.meta
        else msgspec.convert({"item_id": "-", "level": "system", "chemistry": "other"}, Meta)
    )
    try:
        quality = write_canonical(args.input, args.output, plate, _how(args))
    except OSError as problem:
        complain(_NOT_WRITTEN, path=args.output, detail=problem.strerror)
        return 1
    print(msgspec.json.format(msgspec.json.encode(quality), indent=2).decode(), flush=True)
    return DONE


def _meta(path: Path) -> Meta:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Meta)
    except OSError as problem:
        raise MetaInvalid(detail=problem.strerror or str(path)) from None
    except msgspec.MsgspecError as problem:
        raise MetaInvalid(detail=str(problem)) from None


def _how(args: argparse.Namespace) -> How:
    try:
        mapping = own_mapping(args.mapping.read_bytes()) if args.mapping else []
    except OSError as problem:
        raise MappingInvalid(detail=problem.strerror or str(args.mapping)) from None
    return How(args.profile, tuple(mapping), args.current_sign == "flip", args.charger_efficiency)


def _written(path: Path, data: bytes) -> bool:
    """Written beside and moved: a reader never meets half a file."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        complain(_NOT_WRITTEN, path=path, detail=problem.strerror)
        return False
    return True


_ACTIONS = {
    "predict": _predict,
    "train": _train,
    "evaluate": _evaluate,
    "card": _card,
    "assess": _assess,
    "ingest": _ingest,
}

if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="meguri health")
    configure(asked)
    sys.exit(run(asked.parse_args()))
