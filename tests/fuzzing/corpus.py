"""Where fuzzing begins: what is valid, for each target, and words that parsers stumble over."""

import json

from tests.openapi import bodies

POLICY = {
    "models": ["gen4_turbo", "gen4*"],
    "operations": ["image_to_video"],
    "caps": {"duration": 10, "credits": 200},
    "limits": [
        {"measure": "credits", "per": "day", "amount": 500.5, "timezone": "Europe/Berlin"},
        {"measure": "generations", "per": "24h", "amount": 100, "model": "gen4.5"},
        {"measure": "running", "amount": 3, "enforce": False},
    ],
    "reuse": "team",
    "weight": 3,
}
TASK = {
    "id": "9d7cbbf1-8a3e-4b0c-a0b6-9b9c39e7d6f1",
    "status": "RUNNING",
    "progress": 0.5,
    "output": ["https://example.com/a.mp4?_jwt=a"],
    "failure": "a failure",
    "failureCode": "INTERNAL",
    "cost": {"credits": 25},
    "estimatedCost": {"credits": 25.5},
    "routing": {"estimatedCost": {"credits": 1}},
    "tier": {"models": {"gen4_turbo": {"maxConcurrentGenerations": 2}}},
    "error": "an error",
}
ADMINISTRATION = (
    POLICY,
    {"policy": POLICY},
    {"id": "ads", "name": "Ads", "policy": POLICY},
    {"team": "ads", "label": "ci", "expiresAt": "2026-12-01T00:00:00Z"},
    {"charged": 25, "reason": "seen on the bill"},
)
CREATES = (
    bodies.GEN4_TURBO,
    bodies.GEN4_IMAGE,
    bodies.ELEVEN_V3,
    bodies.ACT_TWO,
    bodies.SEEDANCE,
    bodies.VEO,
)

BEGINNINGS: dict[str, list[bytes]] = {
    "read_create": [json.dumps(body | {"seed": 7}).encode() for body in CREATES],
    "read_administration": [json.dumps(body).encode() for body in ADMINISTRATION],
    "read_headers": [
        b"project=spring,shot=12",
        b"no-store",
        b"high",
        b"Bearer rwgw_" + b"a" * 56,
        b'"3"',
        b"*",
    ],
    "read_queries": [b"WyJhZHMiXQ==", b"WzE3NzM1MDAwMDAsImEiXQ==", b"team,model,day", b"2026-03-01", b"[1]"],
    "find_operation": [b"/v1/image_to_video", b"/v1/tasks/a", b"/v1/avatars/a/b", b"/v1//tasks"],
    "read_upstream": [json.dumps(TASK).encode()],
    "read_settings": [
        b"SERVER__PORT=8080",
        b"ADMIN__KEY=" + b"k" * 32,
        b"LIMITS__DRAIN_SECONDS=1e3",
        b"REUSE=1",
    ],
}
WORDS = (
    *(
        b"\\ud800",
        b"\\udfff\\ud800",
        b"\xed\xa0\x80",
        b"\xff",
        b"\x00",
        b"\\u0000",
        b"\xef\xbb\xbf",
        b"\n",
        b"\r\n",
    ),
    *(
        b'"',
        b'{"',
        b"[" * 40,
        b'{"a":' * 40,
        b"}",
        b"]",
        b",",
        b":",
        b"null",
        b"NaN",
        b"1e999",
        b"-0.0",
        b"1" * 400,
    ),
    *(
        b"9223372036854775808",
        b"18446744073709551616",
        b"9999-12-31T23:59:59-14:00",
        b"0001-01-01T00:00:00+14:00",
    ),
    *(
        b"data:",
        b"runway://",
        b"https://",
        b";base64,",
        b"__",
        b"=",
        b"*",
        b"%",
        b"'",
        b"|",
        b"localtime",
        b"1e-400",
    ),
)
