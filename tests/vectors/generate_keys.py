"""Make the vectors of viewing keys, blinded references, seals and verifier keys.

This imports nothing of timebank. ``python -m tests.vectors.generate_keys`` writes the files, and a
test compares them.
"""

import json
from base64 import b64encode

from tests.vectors import write_files
from tests.vectors.hashes import (
    KEY,
    ORIGIN,
    OTHER_KEY,
    OTHER_ORIGIN,
    SALT,
    Vector,
    blinded,
    commitment,
    flipped,
    key_hash,
    month_key,
    vkey,
)


def with_changes(valid: Vector, changes: list[tuple[str, Vector]]) -> list[Vector]:
    return [{"about": about, **valid, **change} for about, change in changes]


def key_hashes() -> Vector:
    valid = {"origin": ORIGIN, "key": KEY.hex(), "key_hash": key_hash(ORIGIN, KEY).hex()}
    other = {
        "origin": OTHER_ORIGIN,
        "key": OTHER_KEY.hex(),
        "key_hash": key_hash(OTHER_ORIGIN, OTHER_KEY).hex(),
    }
    changes = [
        ("another origin", {"origin": OTHER_ORIGIN}),
        ("another key", {"key": OTHER_KEY.hex()}),
        ("a key of 31 bytes", {"key": KEY[:31].hex()}),
        ("a key of 33 bytes", {"key": KEY.hex() + "00"}),
        ("no separator before the origin", {"origin": ORIGIN[1:]}),
    ]
    return {"valid": [valid, other], "invalid": with_changes(valid, changes)}


def month_keys() -> Vector:
    valid: list[Vector] = [
        {"key": KEY.hex(), "origin": origin, "month": month, "month_key": made.hex()}
        for origin, month in ((ORIGIN, "2026-11"), (ORIGIN, "2026-12"), (OTHER_ORIGIN, "2026-11"))
        for made in [month_key(KEY, origin, month)]
    ]
    changes = [
        ("another origin", {"origin": OTHER_ORIGIN}),
        ("another key", {"key": OTHER_KEY.hex()}),
        ("a key of 31 bytes", {"key": KEY[:31].hex()}),
        ("a key of 33 bytes", {"key": KEY.hex() + "00"}),
        ("another month", {"month": "2026-10"}),
        ("a day where the month belongs", {"month": "2026-11-22"}),
    ]
    return {"valid": valid, "invalid": with_changes(valid[0], changes)}


def references() -> Vector:
    key = month_key(KEY, ORIGIN, "2026-11")
    places = [(0, 0, 0), (0, 0, 1), (7, 63, 1), (258, 3, 0), (2**53 - 1, 0, 0)]
    valid: list[Vector] = [
        {
            "month_key": key.hex(),
            "origin": ORIGIN,
            "seq": seq,
            "leg": leg,
            "side": side,
            "blinded": blinded(key, ORIGIN, seq, leg, side),
        }
        for seq, leg, side in places
    ]
    of_others = month_key(OTHER_KEY, ORIGIN, "2026-11")
    changes: list[tuple[str, Vector]] = [
        ("the key itself, not the month's", {"month_key": KEY.hex()}),
        ("another holder's key", {"month_key": of_others.hex()}),
        ("another month's key", {"month_key": month_key(KEY, ORIGIN, "2026-12").hex()}),
        ("a key of 31 bytes", {"month_key": key[:31].hex()}),
        ("another origin", {"origin": OTHER_ORIGIN}),
        ("the next entry", {"seq": 259}),
        ("seq and leg in little-endian order", {"seq": 2 * 2**56 + 2**48, "leg": 3 * 256}),
        ("the next leg", {"leg": 4}),
        ("the other side", {"side": 1}),
        ("a side that is none", {"side": 2}),
        ("a seq below zero", {"seq": -1}),
        ("a seq beyond 64 bits", {"seq": 2**64}),
        ("a leg beyond 16 bits", {"leg": 2**16}),
        ("with padding", {"blinded": valid[3]["blinded"] + "="}),
    ]
    return {"valid": valid, "invalid": with_changes(valid[3], changes)}


def seals() -> Vector:
    texts = [
        "{}",
        '{"memo":"帮王阿姨买菜","party":"q3Zf","time":"2026-11-22T09:30:00+08:00"}',
        '{"evidence":["a","b"],"minutes":90,"witnessed":true}',
    ]
    places = [(0, 0), (12, 1), (2**53 - 1, 63)]
    valid = [
        {
            "salt": SALT.hex(),
            "origin": ORIGIN,
            "seq": seq,
            "index": index,
            "details": json.loads(text),
            "commitment": commitment(SALT, ORIGIN, seq, index, text).hex(),
        }
        for text, (seq, index) in zip(texts, places, strict=True)
    ]
    details = valid[1]["details"]
    changes: list[tuple[str, Vector]] = [
        ("another salt", {"salt": flipped(SALT).hex()}),
        ("a salt of 31 bytes", {"salt": SALT[:31].hex()}),
        ("a salt of 33 bytes", {"salt": SALT.hex() + "00"}),
        ("another origin", {"origin": OTHER_ORIGIN}),
        ("another entry", {"seq": 13}),
        ("another place in the entry", {"index": 0}),
        ("a seq below zero", {"seq": -1}),
        ("an index beyond 16 bits", {"index": 2**16}),
        ("another memo", {"details": {**details, "memo": "帮王阿姨买药"}}),
        ("one detail more", {"details": {**details, "place": "x"}}),
        ("details that canonical JSON cannot say", {"details": {**details, "minutes": 1.5}}),
    ]
    return {"valid": valid, "invalid": with_changes(valid[1], changes)}


def vkeys() -> Vector:
    good = vkey(ORIGIN, KEY)
    name, key_id, encoded = good.split("+")
    longer, shorter = KEY + b"\x00", KEY[:31]
    # The last two are in the documentation of golang.org/x/mod/sumdb/note and in Go itself.
    published = [
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    ]
    return {
        "valid": [
            {"name": ORIGIN, "public_key": KEY.hex(), "vkey": good},
            {"name": "翠竹园", "public_key": OTHER_KEY.hex(), "vkey": vkey("翠竹园", OTHER_KEY)},
        ],
        "published": published,
        "invalid": [
            {"about": "nothing", "vkey": ""},
            {"about": "a name alone", "vkey": name},
            {"about": "no key", "vkey": f"{name}+{key_id}"},
            {"about": "an empty key", "vkey": f"{name}+{key_id}+"},
            {"about": "no key id", "vkey": f"{name}+{encoded}"},
            {"about": "an empty key id", "vkey": f"{name}++{encoded}"},
            {"about": "another name", "vkey": f"{OTHER_ORIGIN}+{key_id}+{encoded}"},
            {"about": "another key id", "vkey": vkey(name, KEY, id_shift=4)},
            {"about": "a key id in upper case", "vkey": f"{name}+{key_id.upper()}+{encoded}"},
            {"about": "a key id cut short", "vkey": f"{name}+{key_id[:-1]}+{encoded}"},
            {"about": "a key id too long", "vkey": f"{name}+0{key_id}+{encoded}"},
            {"about": "an empty name", "vkey": vkey("", KEY)},
            {"about": "a space in the name", "vkey": vkey("a b", KEY)},
            {"about": "an ideographic space in the name", "vkey": vkey("a\u3000b", KEY)},
            {"about": "a plus in the name", "vkey": vkey("a+b", KEY)},
            {"about": "a line break in the name", "vkey": vkey("a\nb", KEY)},
            {"about": "a control character in the name", "vkey": vkey("a\x1bb", KEY)},
            {"about": "a line break at the end", "vkey": good + "\n"},
            {"about": "a space at the end", "vkey": good + " "},
            {"about": "a space at the beginning", "vkey": " " + good},
            {"about": "one part more", "vkey": f"{good}+{encoded}"},
            {"about": "a key too long", "vkey": vkey(name, longer)},
            {"about": "a key too short", "vkey": vkey(name, shorter)},
            {"about": "base64url", "vkey": published[1].replace("+HJyk9SxEdh+", "-HJyk9SxEdh-")},
            {"about": "ECDSA (02)", "vkey": vkey(name, KEY, type_byte=2)},
            {"about": "a witness's cosigning key (04)", "vkey": vkey(name, KEY, type_byte=4)},
            {"about": "no type byte", "vkey": f"{name}+{key_id}+{b64encode(KEY).decode()}"},
        ],
    }


def documents() -> dict[str, Vector]:
    """The generated vectors by the name of their file."""
    return {
        "key_hash": key_hashes(),
        "month_key": month_keys(),
        "blinded": references(),
        "seals": seals(),
        "vkey": vkeys(),
    }


if __name__ == "__main__":
    write_files(documents())
