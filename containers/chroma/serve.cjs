// Runs the ChromaDB server in this one process: `node serve.cjs run --host H --port P --path DIR`.
// The chromadb package's own wrapper does no more than this, but wants Node.js 20; Debian 12 has 18.
const { cli } = require("chromadb-js-bindings-linux-x64-gnu");
cli(["chroma", ...process.argv.slice(2)]);
