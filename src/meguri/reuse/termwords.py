"""The lines of a valuation in words."""

from meguri.kernel.text import Text

TERM_WORDS = {
    "remaining_energy": Text(ja="残存電力量の市場価値", en="market value of the remaining energy"),
    "prepare": Text(ja="検査・加工費", en="inspection and preparation"),
    "transport": Text(ja="輸送費", en="transport"),
    "warranty": Text(ja="保証の引当", en="provision for warranty"),
    "modules": Text(ja="交換モジュール代", en="replacement modules"),
    "labour": Text(ja="交換作業費", en="labour of replacement"),
    "storage.value": Text(ja="蓄電サービスの現在価値", en="present value of the storage service"),
    "storage.charge": Text(ja="充電電力の費用", en="energy to charge it"),
    "storage.opex": Text(ja="運転・保守費", en="operation and upkeep"),
    "storage.integration": Text(ja="システム組込費", en="integration into a system"),
    "metal.Ni": Text(ja="ニッケル", en="nickel"),
    "metal.Co": Text(ja="コバルト", en="cobalt"),
    "metal.Li": Text(ja="リチウム", en="lithium"),
    "metal.Cu": Text(ja="銅", en="copper"),
    "metal.Al": Text(ja="アルミニウム", en="aluminium"),
    "metal.Mn": Text(ja="マンガン", en="manganese"),
    "metal.Pb": Text(ja="鉛", en="lead"),
    "recycle.process": Text(ja="処理費", en="processing"),
    "recycle.logistics": Text(ja="回収物流費", en="collection and logistics"),
}

OPTION_WORDS = {
    "reuse_in_vehicle": Text(ja="車両で再使用", en="reuse in a vehicle"),
    "refurbish": Text(ja="モジュール交換で再生", en="refurbish"),
    "stationary": Text(ja="定置用蓄電に転用", en="stationary storage"),
    "mobility_small": Text(ja="小型モビリティに転用", en="small mobility"),
    "backup": Text(ja="非常用電源に転用", en="backup power"),
    "recycle": Text(ja="リサイクル", en="recycle"),
    "hold_for_test": Text(ja="試験してから判断", en="hold for a test"),
}
