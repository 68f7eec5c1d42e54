"""What people call the accounts that every book starts with, in Chinese and in English."""

from typing import Final, NamedTuple


class AccountName(NamedTuple):
    """A name in both languages; either may be empty."""

    chinese: str
    english: str


NAMES: Final = {
    "members": AccountName("成员", "members"),
    "members:held": AccountName("冻结中", "on hold"),
    "transit": AccountName("运送途中", "in a carrier's hands"),
    "stalls": AccountName("摊位代收", "owed to stalls"),
    "pool:donated": AccountName("爱心捐赠池", "donated for others"),
    "issued": AccountName("已发行", "issued"),
    "retired:redeemed": AccountName("已兑换", "redeemed"),
    "retired:expired": AccountName("已过期", "expired"),
    "retired:adjusted": AccountName("已核减", "adjusted"),
    "world:opening": AccountName("期初转入", "opening balances"),
    "world:donors": AccountName("捐赠人", "donors"),
    "world:grantors": AccountName("资助方", "grantors"),
    "world:suppliers": AccountName("供应商", "suppliers"),
    "world:customers": AccountName("顾客", "customers"),
    "world:payees": AccountName("收款方", "payees"),
    "world:consumed": AccountName("已发放", "handed over"),
    "world:spoiled": AccountName("报损", "spoiled"),
    "world:lost": AccountName("丢失", "lost"),
    "world:variance": AccountName("盘点差异", "found by counts"),
    "world:rejected": AccountName("拒收", "rejected"),
    "world:partners": AccountName("伙伴组织", "partners"),
    "world:reclassified": AccountName("用途变更", "purpose changed"),
}


def account_name(code: str, title: str) -> AccountName:
    """What people call an account: its own title, or the name that it has in every book."""
    if title:
        return AccountName(title, "")
    return NAMES.get(code, AccountName("", ""))
