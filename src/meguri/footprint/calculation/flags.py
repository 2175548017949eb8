"""What a reader must know about a result, in words. A flag is a code within results, a sentence on pages."""

from meguri.kernel.text import Text

FLAGS: dict[str, Text] = {
    "amount_missing": Text(
        ja="数量が未入力です。この行は合計に含まれていません。",
        en="The amount is missing. This line is not part of the total.",
    ),
    "ambiguous_percent": Text(
        ja="受け取った段階別の値は割合（％）かもしれません。取引先に確認し、割合であれば割合として取り込み直してください。",
        en="The stages received may be percentages. Please ask the supplier; if they are, take the file anew as such.",
    ),
    "components_uncounted": Text(
        ja="登録された構成部品のうち、行のないものがあります。行に加えるか、係数の行に含まれているか確認してください。",
        en="A component of the registered structure has no line. Please add one, or make sure that a factor’s line holds it.",
    ),
    "cx_gwp_unspecified": Text(
        ja="受け取った値の温暖化係数セットが指定されていません。取引先に確認してください。",
        en="A received figure does not say its set of global warming potentials. Please ask the supplier.",
    ),
    "cut_off_exceeded": Text(
        ja="除外した排出量がルールパックの上限を超えています。除外を減らしてください。",
        en="More is left out than the rule pack allows. Please leave out less.",
    ),
    "cut_off_receiver": Text(
        ja="除外した材料の質量をこの行に加えています。",
        en="The mass of materials left out is added to this line.",
    ),
    "demo_factor": Text(
        ja="デモ用の排出係数を使っています。宣言には使えません。",
        en="An invented demonstration factor is used. It cannot be declared.",
    ),
    "factor_expired": Text(
        ja="排出係数の有効期間外です。新しい版を確認してください。",
        en="The emission factor is outside its validity. Please look for a newer version.",
    ),
    "estimated_reading": Text(
        ja="計測値が期間の全体を覆っていない行があります。その行は、残りの計測値の平均で補った推計として扱います。",
        en="Readings do not cover the whole period of a line. It counts as estimated, at the mean of what was read.",
    ),
    "gwp_set_mixed": Text(
        ja="別の温暖化係数セットによる値が含まれています。",
        en="A value under another set of global warming potentials is included.",
    ),
    "incomplete": Text(
        ja="値のない部品または行があり、合計は不完全です。",
        en="A part or a line has no value, so the total is not complete.",
    ),
    "instrument_kind_not_contractual": Text(
        ja="契約としては認められない種類の電力が含まれています。",
        en="One kind of electricity does not count as a contract.",
    ),
    "instrument_not_cancelled": Text(
        ja="無効化（償却）されていない証書は算入していません。",
        en="A certificate that is not cancelled is not counted.",
    ),
    "instrument_not_in_pack": Text(
        ja="このルールパックが認めない種類の電力契約は算入していません。",
        en="A kind of electricity contract that the rule pack does not accept is not counted.",
    ),
    "instrument_outside_period": Text(
        ja="対象期間外の電力契約・証書は算入していません。",
        en="An electricity contract outside the period is not counted.",
    ),
    "instrument_outside_region": Text(
        ja="対象地域外の電力契約・証書は算入していません。",
        en="An electricity contract outside the region is not counted.",
    ),
    "load_factor_clamped": Text(
        ja="積載率が下限を下回るため、下限値で計算しています。",
        en="The load factor is below the least one, which was used instead.",
    ),
    "pack_mismatch": Text(
        ja="異なるルールパックの結果を並べています。平均はできません。",
        en="These results are under different rule packs and must not be averaged.",
    ),
    "pcf_sum_mismatch": Text(
        ja="受け取った値の合計が内訳と合いません。取引先に確認してください。",
        en="A received total and its parts do not add up. Please ask the supplier.",
    ),
    "profile_incomplete": Text(
        ja="電池の諸元が足りないため、kWh あたりの値を計算できません。",
        en="The figure per kWh needs more about the battery.",
    ),
    "provisional_profile": Text(
        ja="この電池区分の公表された算定方法はまだなく、暫定の区分で計算しています。",
        en="No method is published for this kind of battery; a provisional one is used.",
    ),
    "residual_missing": Text(
        ja="残余ミックスの係数がないため、系統電力の係数で計算しています。",
        en="No residual-mix factor is given; the grid factor was used.",
    ),
    "scenario": Text(
        ja="仮定に基づく試算です。宣言や回答には使えません。",
        en="This is a what-if. It cannot be declared or sent.",
    ),
    "statement_expired": Text(
        ja="受け取った値の有効期間が過ぎています。新しい値を依頼してください。",
        en="A received figure is no longer valid. Please ask for a newer one.",
    ),
    "stale": Text(
        ja="部品構成または電力構成が変わったため、再計算が必要です。",
        en="The bill of materials or the energy mix has changed; please recalculate.",
    ),
}
