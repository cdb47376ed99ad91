"""Names of places in five invented languages, so that styles can be tried without any file."""

from __future__ import annotations

import random

from frontal.data.styled_set import Styled

PLACES = "places"
SYLLABLES = {  # beginnings, middles and ends that a language puts together; no two share many
    "aurelian": ("Cal Mon Ver San Flo Bel Tor Pal Ar Lu", "te ri na lo vi ca mi de", "no ra zza to lli na"),
    "drovish": ("Grz Krav Vod Bran Zh Pol Str Vl Dob Kal", "o i a ye u islo ovi eni", "vsk grad nitsa pol slav rov"),
    "haelic": ("Llan Ab Caer Pen Dun Bryn Glen Tre Ard Inis", "gwy mor aeth ddy lyn fa ein", "wyn edd och ros ys"),
    "nordic": ("Skj Hol Fred Bj Sand Kr Ul Tr Egg Lind", "e å ø a er ing el o", "vik fjord stad heim nes sund"),
    "tokai": ("Ka Mi Yo Shi Na Ha Ku O Tsu I", "ko wa ru shi to ra ma no", "moto gawa saki yama hama zaka"),
}  # fmt: skip


def place_names(count: int = 400, seed: int = 0) -> Styled:
    """Return `count` names of each of five languages, made of its own syllables; no name comes twice.

    Their styles can be told apart by a reader, and what a model writes can be checked against the syllables.
    """
    rng = random.Random(seed)
    rows: list[tuple[str, str]] = []
    for language, parts in SYLLABLES.items():
        first, middle, last = (part.split() for part in parts)
        found: dict[str, None] = {}
        while len(found) < count:
            middles = [rng.choice(middle) for _ in range(rng.choice((0, 1, 1, 2, 2)))]
            found["".join([rng.choice(first), *middles, rng.choice(last)])] = None
        rows += [(name, language) for name in found]
    texts, labels = [name for name, _ in rows], [language for _, language in rows]
    note = f"{len(rows)} names of places in {len(SYLLABLES)} invented languages, made on the spot (seed {seed})."
    return Styled(PLACES, texts, labels, [f"name {place}" for place in range(len(rows))], notes=[note])
