"""The objects of containers/kubernetes as kubectl renders them, and how to find one's way among them."""

import subprocess

import yaml
from promql import CONTAINERS

HERE = CONTAINERS / "kubernetes"
OVERLAYS = ("dev", "production")
_rendered = {}


def render(path):
    """The objects of a kustomization."""
    if path not in _rendered:
        done = subprocess.run(["kubectl", "kustomize", HERE / path], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        _rendered[path] = [joined(each) for each in yaml.safe_load_all(done.stdout) if each]
    return _rendered[path]


def joined(each):
    """Newer kustomize breaks long base64 into lines, which the schema does not like and Kubernetes does not mind."""
    if each["kind"] == "Secret":
        each["data"] = {key: "".join(value.split()) for key, value in each["data"].items()}
    return each


def one(objects, kind, name=""):
    """The object of a kind that is called so, or else whose name begins so."""
    found = [each for each in objects if each["kind"] == kind and each["metadata"]["name"].startswith(name)]
    (it,) = [each for each in found if each["metadata"]["name"] == name] or found
    return it


def pods(objects):
    """The templates of the engine's own pods, by component."""
    templates = [each["spec"]["template"] for each in objects if each["kind"] in ("StatefulSet", "Job")]
    return {each["metadata"]["labels"]["app.kubernetes.io/component"]: each for each in templates
            if each["metadata"]["labels"]["app.kubernetes.io/name"] == "vanna-engine"}


def selects(selector, labels):
    return selector.items() <= labels.items()


def put_original():
    return yaml.safe_load((HERE / "put_original.yaml").read_text(encoding="utf-8"))


def template():
    return yaml.safe_load((HERE / "secret_template.yaml").read_text(encoding="utf-8"))
