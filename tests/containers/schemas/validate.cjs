// Reads a JSON list of Kubernetes objects from standard input and writes a JSON list of what is wrong with them: by the
// validators of these packages, and fields that these know nothing of. The validators let unknown fields pass; but they
// look at every field that they know, so what was never looked at is unknown.
const { readFileSync } = require("node:fs");

const packages = ["kubernetes-models", "@kubernetes-models/prometheus-operator"];

function loaded(path) {
    try {
        return require(path);
    } catch (failure) {
        if (["MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED"].includes(failure.code)) return null;
        throw failure;
    }
}

// Kubernetes' own classes are exported twice, the second time by the name of the schema; those of others are called for
// their group and version: monitoring.coreos.com/v1 is MonitoringCoreosComV1.
function schema_name(module, apiVersion, kind) {
    const group = apiVersion.split(/[./]/).map((word) => word[0].toUpperCase() + word.slice(1));
    return Object.keys(module).find((name) => name !== kind) ?? group.join("") + kind;
}

function validator({ apiVersion, kind }) {
    for (const name of packages) {
        const module = loaded(`${name}/${apiVersion}/${kind}`);
        if (module) return require(`${__dirname}/node_modules/${name}/_schemas/${schema_name(module, apiVersion, kind)}.js`).validate;
    }
    return null;
}

// The same value; every object in it is added to `objects`, with the names of the fields that are looked at later.
function watched(value, path, objects) {
    if (value === null || typeof value !== "object") return value;
    const seen = new Set();
    const parts = new Map();
    objects.push({ value, path, seen });
    return new Proxy(value, {
        get(target, key) {
            seen.add(key);
            if (!Object.hasOwn(target, key)) return target[key];
            if (!parts.has(key)) parts.set(key, watched(target[key], `${path}/${String(key)}`, objects));
            return parts.get(key);
        },
    });
}

function problems(object) {
    const validate = validator(object);
    if (!validate) return [`${packages.join(" and ")} have no ${object.apiVersion} ${object.kind}`];
    const objects = [];
    if (!validate(watched(object, "", objects)))
        return validate.errors.map(({ instancePath, keyword, params }) => `${instancePath}: ${keyword} ${JSON.stringify(params)}`);
    return objects
        .filter(({ value }) => !Array.isArray(value))
        .flatMap(({ value, path, seen }) => Object.keys(value).filter((key) => !seen.has(key)).map((key) => `${path}/${key}: no such field`));
}

const found = JSON.parse(readFileSync(0, "utf8")).flatMap((object) =>
    problems(object).map((problem) => `${object.kind} ${object.metadata?.name}: ${problem}`),
);
process.stdout.write(JSON.stringify(found, null, 1));
