/* The decisions: a store without any element of the page.
 *
 * Each decision is a record as it stands in the saved file, under a key that says what it is about:
 *
 *     g12          the group with index 12, on its site or everywhere
 *     g12:3        the line with index 3 of the block that is group 12; it counts more than what is said of the block
 *     p3:120:15    15 code points from offset 120 on of document 3: this place alone
 *     l:site:line  a kept line that is to go on a site
 *     f0           a record of a loaded file that fits nothing on this page; it is kept as it is
 *
 * A new decision takes the place of the one before under the same key. One on a block takes the place of those on its
 * lines. The stack has what stood there before. In the file, where the last word on a line counts, those on lines stand
 * behind that on their block.
 */

const FILE_MARK = "decisions"; // what a file of decisions says under "cleaner"
const FILE_FORMAT = 1;
const LINE_SAVED = 10_000; // UTF-16 units of a line that a record has; the command takes up to 20,000 characters

/** Return a store without decisions. */
function newStore() {
  return { made: new Map(), everywhere: new Map(), inside: new Map(), stack: [], savedAs: "[]" };
}

/** Set (or, without a record, remove) the decision under a key, so that it can be undone. */
function decide(store, key, record) {
  const before = store.made.get(key) ?? null;
  const lines = [...(store.inside.get(key) ?? [])].map((line) => [line, store.made.get(line)]);
  store.stack.push({ key, before, lines });
  if (record) for (const [line] of lines) put(store, line, null);
  put(store, key, record);
}

/** Take the last decision back; return its key, or null if there is none. */
function undoLast(store) {
  const last = store.stack.pop();
  if (!last) return null;
  put(store, last.key, last.before);
  for (const [line, record] of last.lines) put(store, line, record);
  return last.key;
}

function put(store, key, record) {
  store.made.delete(key); // so that a changed decision stands last
  if (record) store.made.set(key, record);
  const [, block] = /^(g\d+):\d+$/u.exec(key) ?? [];
  if (block) {
    const lines = store.inside.get(block) ?? new Set();
    lines.delete(key);
    if (record) lines.add(key);
    if (lines.size) store.inside.set(block, lines);
    else store.inside.delete(block);
  }
  store.everywhere = new Map();
  for (const made of store.made.values()) {
    if (made.what === "keep" && made.scope === "everywhere" && made.key) store.everywhere.set(made.key, made);
  }
}

/** Return the decision that counts for a group: its own, or that its line is kept everywhere; null if there is none. */
function decisionOf(store, index, group) {
  return store.made.get(`g${index}`) ?? store.everywhere.get(group.key) ?? null;
}

/** Return the decision that counts for a line of a block: its own, or that it is kept everywhere, or that on the block. */
function lineDecisionOf(store, index, at, key) {
  const made = store.made.get(blockLineKey(index, at)) ?? store.everywhere.get(key);
  return made ?? store.made.get(`g${index}`) ?? null;
}

/** Return whether lines of a block are decided one by one. */
function hasLines(store, index) {
  return store.inside.has(`g${index}`);
}

/** Return whether a group is decided: all of it, or some of the lines of a block. */
function isGroupDecided(store, index, group) {
  return decisionOf(store, index, group) !== null || hasLines(store, index);
}

/** Return how many groups are decided, their own way or because their line is kept everywhere. */
function countDecided(store, byKey) {
  const decided = new Set();
  for (const key of store.made.keys()) if (/^g\d/u.test(key)) decided.add(Number.parseInt(key.slice(1), 10));
  for (const key of store.everywhere.keys()) for (const index of byKey.get(key) ?? []) decided.add(index);
  return decided.size;
}

/** Return the record of a decision on a group of the data. */
function groupRecord(data, index, what, scope) {
  const group = data.groups[index];
  const names = group.samples.map(([number]) => data.documents[number]?.name).filter((name) => name !== undefined);
  return {
    what,
    scope,
    line: group.line,
    key: group.key,
    rule: data.rules[group.rule] ?? null,
    category: data.categories[group.category] ?? null,
    site: group.site,
    document: null,
    digest: null,
    offset: null,
    length: null,
    part: group.part ?? "",
    examples: [...new Set(names)],
  };
}

/** Return the record of a decision on one line of a block, given by its index in the block. */
function blockLineRecord(data, index, at, what, scope) {
  const group = data.groups[index];
  return { ...groupRecord(data, index, what, scope), line: linesIn(group)[at], key: keysIn(group)[at] };
}

/** Return the record of a decision on one place of a document; offset and length are code points of the original. */
function placeRecord(data, number, what, line, offset, length, group, rule) {
  const { name, site, digest } = data.documents[number];
  const known = data.groups[group];
  return {
    what,
    scope: "document",
    line: line.slice(0, isHigh(line.charCodeAt(LINE_SAVED - 1)) ? LINE_SAVED - 1 : LINE_SAVED),
    key: known?.key ?? "",
    rule: data.rules[rule] ?? null,
    category: known ? (data.categories[known.category] ?? null) : null,
    site,
    document: name,
    digest,
    offset,
    length,
    examples: [name],
  };
}

/** Return the record that lets a line, which was kept, go on the whole site of a document. */
function siteRecord(data, number, line) {
  return { ...placeRecord(data, number, "drop", line, null, null, -1, -1), scope: "site", document: null, digest: null };
}

/** Return the text of the file of decisions. */
function fileText(store, data) {
  const head = { cleaner: FILE_MARK, format: FILE_FORMAT, review: data.id, made: data.made };
  return `${JSON.stringify({ ...head, decisions: [...store.made.values()] }, null, 1)}\n`;
}

/** Return the decisions of a file's text; throw an Error that says what is wrong with it. */
function parseFile(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error("The file is not JSON; choose a decisions.json that this page has saved.");
  }
  if (found === null || typeof found !== "object" || found.cleaner !== FILE_MARK || !Array.isArray(found.decisions)) {
    throw new Error("The file holds no decisions; choose a decisions.json that this page has saved.");
  }
  if (found.format !== FILE_FORMAT) {
    throw new Error(`The file has format ${found.format}, and this page reads format ${FILE_FORMAT}.`);
  }
  if (!found.decisions.every(isRecord)) throw new Error("The file has a decision that says neither keep nor drop.");
  return found.decisions;
}

function isRecord(record) {
  return (
    record !== null &&
    typeof record === "object" &&
    ["keep", "drop"].includes(record.what) &&
    ["site", "everywhere", "document"].includes(record.scope) &&
    typeof record.line === "string"
  );
}

/** Add records, of a file or of the browser's memory, to the store; return how many fit something on this page. */
function addRecords(store, data, records) {
  const named = ({ line, rule, site, part }) => JSON.stringify([line, rule, site, part ?? ""]);
  const groups = new Map();
  data.groups.forEach((group, index) => {
    const rule = data.rules[group.rule];
    if (isBlock(group)) linesIn(group).forEach((line, at) => groups.set(named({ ...group, line, rule }), blockLineKey(index, at)));
  });
  data.groups.forEach((group, index) => groups.set(named({ ...group, rule: data.rules[group.rule] }), `g${index}`));
  const documents = new Map(data.documents.map(({ name, digest }, index) => [JSON.stringify([name, digest]), index]));
  let fitting = 0;
  for (const record of records) {
    const key = keyOf(record, groups.get(named(record)), documents);
    if (key) fitting += 1;
    decide(store, key ?? `f${JSON.stringify(record)}`, record);
  }
  return fitting;
}

function keyOf(record, group, documents) {
  if (record.scope === "document") {
    const number = documents.get(JSON.stringify([record.document, record.digest]));
    const isPlace = Number.isInteger(record.offset) && Number.isInteger(record.length);
    return number === undefined || !isPlace ? null : placeKey(number, record.offset, record.length);
  }
  if (record.scope === "site" && !record.rule) return lineKey(record.site, record.line);
  return group ?? null;
}

/** Return the key for a line of a block, given by the indexes of the block and of the line. */
function blockLineKey(index, at) {
  return `g${index}:${at}`;
}

/** Return the key for a place of a document. */
function placeKey(number, offset, length) {
  return `p${number}:${offset}:${length}`;
}

/** Return the key for a kept line that is to go on a site. */
function lineKey(site, line) {
  return `l:${site}:${line}`;
}

/** Return whether there are decisions that no file has. */
function isUnsaved(store) {
  return JSON.stringify([...store.made.values()]) !== store.savedAs;
}

/** Note that a file has all decisions. */
function noteSaved(store) {
  store.savedAs = JSON.stringify([...store.made.values()]);
}

/** Return a decision in words, such as "Keep on news.example". */
function inWords(record) {
  const what = record.what === "keep" ? "Keep" : "Drop";
  if (record.scope === "everywhere") return `${what} everywhere`;
  if (record.scope === "document") return `${what} only in ${record.document}`;
  return record.site ? `${what} on ${record.site}` : `${what} where there is no site`;
}
