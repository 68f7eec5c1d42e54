"""Make the vectors that hold hashes, from the definitions in docs/FORMAT.md and nothing else.

This imports nothing of timebank, so that neither can be wrong in the way of the other:
``python -m tests.vectors.generate`` writes the files, and a test compares them.
"""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

Vector: TypeAlias = dict[str, Any]

ORIGIN = "timebank.example.org/log/cuizhuyuan"
OTHER_ORIGIN = "timebank.example.org/log/cuizhuyuan-2"
KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
SALT = bytes(range(64, 96))

# The leaves of the tree that transparency-dev/merkle and RFC 6962 implementations test with.
PUBLISHED_LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]


# --- the definitions --------------------------------------------------------------------------


def hash_of(data: bytes) -> bytes:
    return sha256(data).digest()


def leaf_hash(data: bytes) -> bytes:
    return hash_of(b"\x00" + data)


def node_hash(left: bytes, right: bytes) -> bytes:
    return hash_of(b"\x01" + left + right)


def split(leaves: list[bytes]) -> int:
    """Largest power of two below the number of leaves."""
    power = 1
    while power * 2 < len(leaves):
        power *= 2
    return power


def tree_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, over leaf hashes."""
    if not leaves:
        return hash_of(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(leaves)
    return node_hash(tree_root(leaves[:k]), tree_root(leaves[k:]))


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(leaves)
    if index < k:
        return [*path(index, leaves[:k]), tree_root(leaves[k:])]
    return [*path(index - k, leaves[k:]), tree_root(leaves[:k])]


def subproof(size: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2."""
    if size == len(leaves):
        return [] if whole else [tree_root(leaves)]
    k = split(leaves)
    if size <= k:
        return [*subproof(size, leaves[:k], whole=whole), tree_root(leaves[k:])]
    return [*subproof(size - k, leaves[k:], whole=False), tree_root(leaves[:k])]


def hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 of RFC 2104, for keys of at most 64 bytes."""
    padded = key.ljust(64, b"\x00")
    inner = bytes(byte ^ 0x36 for byte in padded)
    outer = bytes(byte ^ 0x5C for byte in padded)
    return hash_of(outer + hash_of(inner + message))


def key_hash(origin: str, key: bytes) -> bytes:
    return hash_of(b"timebank/key/v1" + b"\x00" + origin.encode() + b"\x00" + key)


def month_key(key: bytes, origin: str, month: str) -> bytes:
    parts = b"timebank/month/v1" + b"\x00" + origin.encode() + b"\x00" + month.encode()
    return hmac(key, parts)


def blinded(key: bytes, origin: str, seq: int, leg: int, side: int) -> str:
    place = seq.to_bytes(8, "big") + leg.to_bytes(2, "big") + side.to_bytes(1, "big")
    parts = b"timebank/ref/v1" + b"\x00" + origin.encode() + b"\x00" + place
    return urlsafe_b64encode(hmac(key, parts)).decode().rstrip("=")


def commitment(salt: bytes, origin: str, seq: int, index: int, canonical: str) -> bytes:
    place = seq.to_bytes(8, "big") + index.to_bytes(2, "big")
    return hash_of(b"\x22" + salt + origin.encode() + b"\x00" + place + canonical.encode())


def vkey(name: str, public_key: bytes, *, type_byte: int = 1, id_shift: int = 0) -> str:
    typed_key = type_byte.to_bytes(1, "big") + public_key
    key_id = hash_of(name.encode() + b"\x0a" + typed_key)[id_shift : id_shift + 4]
    return f"{name}+{key_id.hex()}+{b64encode(typed_key).decode()}"


# --- hashing and trees ------------------------------------------------------------------------


def numbered_leaves(size: int) -> list[bytes]:
    """Leaf hashes of the decimal numbers from 0."""
    return [leaf_hash(str(number).encode()) for number in range(size)]


def hex_all(hashes: list[bytes]) -> list[str]:
    return [hash_.hex() for hash_ in hashes]


def flipped(data: bytes, bit: int = 0) -> bytes:
    """The same bytes with one bit changed."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def hashing() -> Vector:
    first, second = leaf_hash(b""), leaf_hash(b"\x00")
    pairs = [(first, second), (second, first), (first, first)]
    return {
        "empty_root": hash_of(b"").hex(),
        "leaves": [{"data": d.hex(), "hash": leaf_hash(d).hex()} for d in PUBLISHED_LEAVES],
        "nodes": [
            {"left": left.hex(), "right": right.hex(), "hash": node_hash(left, right).hex()}
            for left, right in pairs
        ],
    }


def edge(leaves: list[bytes]) -> list[bytes]:
    """Roots of the perfect subtrees that make up the tree, largest first."""
    hashes = []
    while leaves:
        width = 1 << (len(leaves).bit_length() - 1)
        hashes.append(tree_root(leaves[:width]))
        leaves = leaves[width:]
    return hashes


def tree() -> Vector:
    published = [leaf_hash(data) for data in PUBLISHED_LEAVES]
    numbered = numbered_leaves(65_537)
    return {
        "published": [
            {"size": size, "root": tree_root(published[:size]).hex()} for size in range(9)
        ],
        "numbered": [
            {
                "size": size,
                "root": tree_root(numbered[:size]).hex(),
                "edge": hex_all(edge(numbered[:size])),
            }
            for size in (0, 1, 2, 3, 255, 256, 257, 1000, 65_535, 65_536, 65_537)
        ],
        "subtrees": [
            {
                "level": level,
                "index": index,
                "root": tree_root(numbered[256**level * index : 256**level * (index + 1)]).hex(),
            }
            for level, index in ((1, 0), (1, 1), (1, 255), (2, 0))
        ],
    }


def inclusion_vector(leaves: list[bytes], index: int) -> Vector:
    return {
        "index": index,
        "size": len(leaves),
        "leaf": leaves[index].hex(),
        "proof": hex_all(path(index, leaves)),
        "root": tree_root(leaves).hex(),
    }


def proof_faults(proof: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Ways to spoil a proof, whatever it proves."""
    zeros = bytes(32).hex()
    yield "a hash too many at the end", [*proof, zeros]
    yield "a hash too many at the beginning", [zeros, *proof]
    yield "an empty hash at the end", [*proof, ""]
    if proof:
        yield "the first hash missing", proof[1:]
        yield "the last hash missing", proof[:-1]
        yield "a hash cut short", [proof[0][:-2], *proof[1:]]
        yield "a hash too long", [*proof[:-1], proof[-1] + "00"]
    for place, hash_ in enumerate(proof):
        spoiled = flipped(bytes.fromhex(hash_), 37 * place % 256).hex()
        yield f"a bit changed in hash {place}", [*proof[:place], spoiled, *proof[place + 1 :]]
    if len(proof) > 1:
        yield "the hashes in reverse", proof[::-1]


def inclusion_faults(vector: Vector) -> Iterator[Vector]:
    index, size = vector["index"], vector["size"]
    leaf, root = bytes.fromhex(vector["leaf"]), bytes.fromhex(vector["root"])
    changes: list[tuple[str, Vector]] = [
        ("a bit changed in the leaf", {"leaf": flipped(leaf).hex()}),
        ("a bit changed in the root", {"root": flipped(root, 255).hex()}),
        ("the next index", {"index": index + 1}),
        ("an index beyond the tree", {"index": size}),
        ("an index below zero", {"index": -1}),
        ("an empty tree", {"size": 0}),
        ("a size beyond 2^63", {"size": 2**63 + 1}),
        ("no leaf", {"leaf": ""}),
    ]
    changes += [(about, {"proof": proof}) for about, proof in proof_faults(vector["proof"])]
    for about, change in changes:
        yield {"about": about, **vector, **change}


def inclusion() -> Vector:
    numbered = numbered_leaves(1000)
    places = [(1, 0), (2, 0), (2, 1), (3, 2), (5, 4), (6, 2), (7, 6), (8, 0), (8, 5), (8, 7)]
    places += [(257, 255), (257, 256), (1000, 0), (1000, 500), (1000, 999)]
    valid = [inclusion_vector(numbered[:size], index) for size, index in places]
    small = [vector for vector in valid if vector["size"] <= 8]
    return {"valid": valid, "invalid": [fault for v in small for fault in inclusion_faults(v)]}


def consistency_vector(leaves: list[bytes], old_size: int) -> Vector:
    return {
        "old_size": old_size,
        "new_size": len(leaves),
        "old_root": tree_root(leaves[:old_size]).hex(),
        "new_root": tree_root(leaves).hex(),
        "proof": hex_all(subproof(old_size, leaves, whole=True)),
    }


def consistency_faults(vector: Vector) -> Iterator[Vector]:
    old_root, new_root = bytes.fromhex(vector["old_root"]), bytes.fromhex(vector["new_root"])
    changes: list[tuple[str, Vector]] = [
        ("a bit changed in the old root", {"old_root": flipped(old_root).hex()}),
        ("a bit changed in the new root", {"new_root": flipped(new_root, 255).hex()}),
        ("from the empty tree", {"old_size": 0, "old_root": hash_of(b"").hex()}),
        ("an old size below zero", {"old_size": -1}),
        ("an old size beyond the new one", {"old_size": vector["new_size"] + 1}),
        ("a size beyond 2^63", {"new_size": 2**63 + 1}),
    ]
    changes += [(about, {"proof": proof}) for about, proof in proof_faults(vector["proof"])]
    for about, change in changes:
        yield {"about": about, **vector, **change}


def consistency() -> Vector:
    numbered = numbered_leaves(1000)
    sizes = [(1, 1), (1, 2), (1, 8), (2, 3), (3, 4), (4, 8), (6, 8), (7, 8), (7, 7)]
    sizes += [(5, 6), (255, 256), (256, 257), (512, 1000), (777, 1000), (999, 1000)]
    valid = [consistency_vector(numbered[:new], old) for old, new in sizes]
    small = [vector for vector in valid if vector["new_size"] <= 8]
    return {"valid": valid, "invalid": [fault for v in small for fault in consistency_faults(v)]}


# --- viewing keys, seals, verifier keys ---------------------------------------------------------


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
    """All generated vectors by the name of their file."""
    return {
        "hashing": hashing(),
        "tree": tree(),
        "inclusion": inclusion(),
        "consistency": consistency(),
        "key_hash": key_hashes(),
        "month_key": month_keys(),
        "blinded": references(),
        "seals": seals(),
        "vkey": vkeys(),
    }


def write_files(documents: dict[str, Any]) -> None:
    """Write documents beside this module, under their names."""
    for name, document in documents.items():
        target = Path(__file__).with_name(f"{name}.json")
        target.write_text(json.dumps(document, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    write_files(documents())
