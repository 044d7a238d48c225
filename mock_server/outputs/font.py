"""A bitmap font of 5 by 7 dots for the labels in pictures: digits, capital letters, and what ids need."""

DOTS_ACROSS = 6  # five of the letter, one between letters
DOTS_DOWN = 7

# Seven rows from the top, two hexadecimal digits each; the lowest five bits are the dots from left to right.
_GLYPHS = {
    " ": "00000000000000",
    "-": "0000001f000000",
    ".": "00000000000c0c",
    ":": "000c0c000c0c00",
    "/": "00010204081000",
    "_": "0000000000001f",
    "0": "0e11131519110e",
    "1": "040c040404040e",
    "2": "0e11010204081f",
    "3": "1f02040201110e",
    "4": "02060a121f0202",
    "5": "1f101e0101110e",
    "6": "0608101e11110e",
    "7": "1f010204080808",
    "8": "0e11110e11110e",
    "9": "0e11110f01020c",
    "A": "0e1111111f1111",
    "B": "1e11111e11111e",
    "C": "0e11101010110e",
    "D": "1c12111111121c",
    "E": "1f10101e10101f",
    "F": "1f10101e101010",
    "G": "0e11101711110f",
    "H": "1111111f111111",
    "I": "0e04040404040e",
    "J": "0702020202120c",
    "K": "11121418141211",
    "L": "1010101010101f",
    "M": "111b1515111111",
    "N": "11111915131111",
    "O": "0e11111111110e",
    "P": "1e11111e101010",
    "Q": "0e11111115120d",
    "R": "1e11111e141211",
    "S": "0f10100e01011e",
    "T": "1f040404040404",
    "U": "1111111111110e",
    "V": "11111111110a04",
    "W": "1111111515150a",
    "X": "11110a040a1111",
    "Y": "1111110a040404",
    "Z": "1f01020408101f",
}
_UNKNOWN = "1f11111111111f"


def dot_rows(text: str) -> list[list[bool]]:
    """The text as seven rows of dots, `DOTS_ACROSS` for each character; what the font lacks is a box."""
    glyphs = [bytes.fromhex(_GLYPHS.get(character, _UNKNOWN)) for character in text.upper()]
    return [[dot for glyph in glyphs for dot in _dots(glyph[row])] for row in range(DOTS_DOWN)]


def _dots(row: int) -> list[bool]:
    return [bool(row << 1 >> (DOTS_ACROSS - 1 - column) & 1) for column in range(DOTS_ACROSS)]
