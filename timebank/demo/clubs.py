"""Clubs 俱乐部: slug and title of each, as residents' clubs of such an association are called."""

from typing import Final

from timebank.demo import places
from timebank.demo.size import Size

CLUBS: Final = (
    ("chess-club", "棋社"),
    ("choir", "合唱队"),
    ("tennis", "网球俱乐部"),
    ("badminton", "羽毛球俱乐部"),
    ("table-tennis", "乒乓球俱乐部"),
    ("football", "足球队"),
    ("basketball", "篮球队"),
    ("swimming", "游泳俱乐部"),
    ("running", "跑步团"),
    ("cycling", "骑行队"),
    ("hiking", "徒步队"),
    ("tai-chi", "太极拳社"),
    ("yoga", "瑜伽社"),
    ("square-dance", "广场舞队"),
    ("ballroom", "交谊舞社"),
    ("folk-dance", "民族舞队"),
    ("peking-opera", "京剧票友会"),
    ("yue-opera", "越剧社"),
    ("drama", "话剧社"),
    ("guitar", "吉他社"),
    ("erhu", "二胡社"),
    ("harmonica", "口琴社"),
    ("calligraphy", "书法社"),
    ("painting", "国画社"),
    ("paper-cutting", "剪纸社"),
    ("photography", "摄影社"),
    ("reading", "读书会"),
    ("storytelling", "故事妈妈"),
    ("english-corner", "英语角"),
    ("parenting", "亲子俱乐部"),
    ("homework", "四点半课堂"),
    ("gardening", "园艺社"),
    ("tea", "茶艺社"),
    ("baking", "烘焙社"),
    ("dumplings", "包饺子队"),
    ("knitting", "编织社"),
    ("repair", "修理铺"),
    ("haircuts", "义剪队"),
    ("health", "健康小屋"),
    ("elders", "老年之家"),
    ("patrol", "平安巡逻队"),
    ("pets", "爱宠会"),
    ("green", "环保志愿队"),
)


def clubs_of(size: Size) -> list[tuple[str, str]]:
    """Account and title of each club there is."""
    return [(places.club(slug), title) for slug, title in CLUBS[: size.clubs]]
