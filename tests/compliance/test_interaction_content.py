"""What looks like content of requests is told apart from sentences (3.6.1)."""

import base64
import json
import time

import pytest

from compliance.interaction_content import looks_like_content

MESSAGES = [{"role": "user", "content": "Tell me"}, {"role": "assistant", "content": "No"}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(MESSAGES),
        json.dumps({"messages": MESSAGES}, indent=2),
        str(MESSAGES),
        "Found: " + json.dumps({"prompt": "x"}),
        "<|im_start|>system",
        "[INST] do [/INST]",
        "data:image/png;base64,iVBOR",
        base64.b64encode(bytes(range(256))).decode(),
    ],
)
def test_written_for_machines(text):
    assert looks_like_content(text)


@pytest.mark.parametrize(
    "text",
    [
        "Refused requests in bursts, 412 in five minutes.",
        "用户在五分钟内发送了 412 次被拒绝的请求，角色为“user”。",
        "He said: “my role is user”, and asked for prompt payment; see https://a.example/x?y=1",
        "SHA-256 " + "0" * 64 + ", reference req_7f3a/2",
        "The prompt: he would not show it.",
        "content order ord_0123456789 is late",
    ],
)
def test_sentences_of_people(text):
    assert not looks_like_content(text)


@pytest.mark.parametrize("text", ["'role'" + " " * 5_000, "data:" * 1_000, "<|" * 2_500, "a" * 199])
def test_no_text_takes_long(text):
    began = time.perf_counter()
    looks_like_content(text)
    assert time.perf_counter() - began < 0.5
