"""What the image is: small, without what builds it, labelled, and told how to be looked at and stopped."""

import json

from composed import BASE, ENGINE, docker

MOST_OVER_THE_BASE = 150 * 1000 * 1000


def size(image):
    return int(docker("image", "inspect", "-f", "{{.Size}}", image))


def in_it(program, *words):
    return docker("run", "--rm", "--network", "none", "--entrypoint", program, ENGINE, *words)


def the_image_is_small_and_has_no_compiler(_):
    over = size(ENGINE) - size(BASE)
    print(f"        {over / 1e6:.1f} MB over the base's {size(BASE) / 1e6:.1f}", flush=True)
    assert over < MOST_OVER_THE_BASE, over
    for program in ("cc", "g++", "clang-19", "cmake", "ninja", "git", "python3"):
        assert not in_it("sh", "-c", f"command -v {program} || true").strip(), program
    for program, version in (("pg_dump", " 15."), ("pg_restore", " 15."), ("pigz", "")):
        assert version in in_it(program, "--version"), program


def it_says_what_it_is_and_how_to_look_at_it(_):
    told = json.loads(docker("image", "inspect", ENGINE))[0]["Config"]
    assert (told["User"], told["StopSignal"], told["Entrypoint"]) == ("10001:0", "SIGTERM", ["vanna-engine"]), told
    assert told["Healthcheck"]["Test"] == ["CMD", "vanna-engine", "healthcheck"], told["Healthcheck"]
    version = told["Labels"]["org.opencontainers.image.version"]
    assert version in docker("run", "--rm", "--network", "none", "--read-only", "--user", "123456:0", "--cap-drop", "ALL", ENGINE, "version")


STORIES = [the_image_is_small_and_has_no_compiler, it_says_what_it_is_and_how_to_look_at_it]
