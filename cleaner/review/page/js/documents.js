/* The view "Documents": a document line by line, with what went struck out, beside the clean text.
 *
 * The two columns are a grid (the pattern of ARIA): one cell or one removed piece takes the focus, the arrow keys go from one to the
 * next. What takes the focus is a "stop": `{kind: "piece", piece}` for an edit, `{kind: "line", row}` for a kept line.
 */

const NAMES_SHOWN = 200; // documents in the list at a time; the search narrows it
const BLOCK_ROWS = 1500; // rows that are laid out at once; the rest follows a button
const LONG_LINE = 3000; // characters of a part of a line from which on its middle is folded
const LONG_EDGE = 600; // characters of such a part that are shown before and after its fold
const NARROW = "(max-width: 68rem)"; // where the style has one column, the list of documents begins folded
const CACHED = 8; // documents whose rows are remembered

const reading = {
  number: -1, // the document that is shown
  stop: null, // the stop that is chosen
  rows: [], // the rows of the document
  cache: new Map(), // number of a document → its rows
};

/** Return the rows of a document, which are kept for a while. */
function rowsOfDocument(number) {
  const { cache } = reading;
  const rows = cache.get(number) ?? rowsOf(review.data.documents[number].pieces);
  cache.delete(number);
  cache.set(number, rows);
  if (cache.size > CACHED) cache.delete(cache.keys().next().value);
  return rows;
}

/** Prepare the view; no document is laid out before it is asked for. */
function fillDocuments() {
  byId("document-list").open = !window.matchMedia(NARROW).matches;
  byId("document-search").addEventListener("input", listDocuments);
  byId("document-names").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) openDocument(Number(button.dataset.number), null);
  });
  byId("document-before").addEventListener("click", () => turnDocument(-1));
  byId("document-after").addEventListener("click", () => turnDocument(1));
  byId("document-lines-button").addEventListener("click", () => showLinesOfSite(review.data.documents[reading.number].site));
  const grid = byId("text");
  grid.addEventListener("click", (event) => {
    const stop = event.target.closest(".stop");
    if (stop) chooseStop(stop, true);
  });
  grid.addEventListener("focusin", (event) => {
    const stop = event.target.closest(".stop");
    if (stop) chooseStop(stop, false);
  });
  grid.addEventListener("mouseover", (event) => {
    const cut = event.target.closest(".cut");
    if (cut) explain(cut);
    else hideReason();
  });
  grid.addEventListener("mouseleave", hideReason);
  grid.addEventListener("focusout", hideReason);
  listDocuments();
}

/** List the documents whose name, site or URL has what is searched for. */
function listDocuments() {
  const wanted = byId("document-search").value.trim().toLowerCase();
  const { documents } = review.data;
  const found = [];
  documents.forEach((one, number) => {
    if (!wanted || `${one.name}\n${one.site}\n${one.url ?? ""}`.toLowerCase().includes(wanted)) found.push(number);
  });
  byId("document-names").replaceChildren(...found.slice(0, NAMES_SHOWN).map(documentItem));
  const rest = found.length - NAMES_SHOWN;
  byId("document-count").textContent = rest > 0 ? `${counted(found.length, "document")}; the first ${NAMES_SHOWN} are listed.` : counted(found.length, "document");
}

function documentItem(number) {
  const one = review.data.documents[number];
  const edits = one.pieces.filter(Array.isArray).length;
  const note = [counted(edits, "edit"), ...one.flags].join(", ");
  const current = number === reading.number ? "true" : null;
  return make("li", {}, make("button", { type: "button", "data-number": number, "aria-current": current }, foreign(one.name), make("small", {}, note)));
}

/** Open a document, at one of its pieces (an index) or at its first edit. */
function openDocument(number, piece) {
  if (!review.data.documents[number]) return;
  go("documents");
  showDocument(number);
  const stop = (piece === null ? null : byId("text").querySelector(`.cut[data-piece="${piece}"]`)) ?? byId("text").querySelector(".cut") ?? byId("text").querySelector(".stop");
  if (stop) chooseStop(stop, true, piece === null ? "nearest" : "center");
  else byId("document-name").focus();
}

/** Lay out a document. */
function showDocument(number) {
  reading.number = number;
  reading.stop = null;
  reading.rows = rowsOfDocument(number);
  const one = review.data.documents[number];
  byId("document").hidden = false;
  byId("document-none").hidden = true;
  byId("document-name").replaceChildren(foreign(one.name));
  const flags = one.flags.map((flag) => make("span", { class: "badge" }, flag));
  const place = one.url && one.url !== one.name ? [" ", foreign(one.url, { class: "url" })] : [];
  byId("document-about").replaceChildren(foreign(siteName(one.site)), ...place, " ", ...flags);
  byId("document-place").textContent = `${count(number + 1)} of ${count(review.data.documents.length)}`;
  byId("document-before").disabled = number === 0;
  byId("document-after").disabled = number === review.data.documents.length - 1;
  byId("text").setAttribute("aria-label", `${one.name}, line by line`);
  byId("text-body").replaceChildren();
  layOut(foldedRows(reading.rows));
  listDocuments();
  byId("document-names").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

/** Lay out blocks of rows; folds and what is too much for one go become buttons. */
function layOut(blocks, before = null) {
  const body = byId("text-body");
  let room = BLOCK_ROWS;
  for (let i = 0; i < blocks.length; i++) {
    const { rows, folded } = blocks[i];
    if (folded) {
      const end = rows[rows.length - 1];
      body.insertBefore(unfoldRow(`${counted(rows.length, "line")} kept`, rows[0].number, end.number, () => [{ rows, folded: false }]), before);
      continue;
    }
    for (const row of rows.slice(0, room)) body.insertBefore(textRow(row), before);
    if (rows.length > room) {
      const rest = [{ rows: rows.slice(room), folded: false }, ...blocks.slice(i + 1)];
      const left = rest.reduce((sum, block) => sum + block.rows.length, 0);
      body.insertBefore(unfoldRow(`${counted(left, "line")} more`, null, null, () => rest), before);
      return;
    }
    room -= rows.length;
  }
}

/** Return a row with a button that puts other rows in its place. */
function unfoldRow(label, from, to, blocks) {
  const place = from && to ? ` (${count(from)} to ${count(to)})` : "";
  const button = make("button", { type: "button", class: "unfold" }, `⋯ ${label}${place}`);
  const row = make("tr", { role: "row", class: "fold" }, make("td", { role: "gridcell", colspan: 3 }, button));
  button.addEventListener("click", () => {
    const after = row.nextElementSibling;
    const before = row.previousElementSibling;
    layOut(blocks(), row);
    row.remove();
    const first = before ? before.nextElementSibling : byId("text-body").firstElementChild;
    const stop = first?.querySelector(".stop") ?? after?.querySelector(".stop");
    if (stop) chooseStop(stop, true);
  });
  return row;
}

/** Return the row of a line: its number, the original, and what is left of it. */
function textRow(row) {
  if (row.gap) return make("tr", { role: "row", class: "fold" }, make("td", { role: "gridcell", colspan: 3 }, `⋯ ${counted(row.gap, "character")} not on this page`));
  const element = make(
    "tr",
    { role: "row" },
    make("th", { role: "rowheader", scope: "row" }, row.number ? count(row.number) : ""),
    make("td", { role: "gridcell", class: "was" }),
    make("td", { role: "gridcell", class: "now" }),
  );
  element.row = row;
  fillTextRow(element);
  return element;
}

/** Fill the cells of a row, as the decisions are now. */
function fillTextRow(element) {
  const { row } = element;
  const [, was, now] = element.cells;
  const dropped = lineDecision(row);
  was.replaceChildren();
  now.replaceChildren();
  const line = make("div", { dir: "auto", lang: "" });
  const left = make("div", { dir: "auto", lang: "" });
  let stays = false; // whether a kept or spared part can be seen
  for (const part of row.parts) {
    const { edit } = part.piece;
    if (!edit) {
      appendLong(line, part.text);
      if (!dropped) appendLong(left, part.text);
      stays ||= part.text.trim() !== "";
      continue;
    }
    const decision = pieceDecision(part.piece);
    const spared = decision?.what === "keep";
    line.append(cutElement(part, decision));
    if (dropped) continue;
    if (spared) {
      left.append(longElement("ins", part.text));
      stays = true;
    } else if (part.isFirst && edit[1]) {
      left.append(longElement("ins", edit[1]));
      stays = true;
    }
  }
  was.append(line);
  now.append(left);
  was.classList.toggle("stop", canGo(row));
  if (canGo(row)) was.tabIndex = -1;
  was.classList.toggle("marked", dropped !== null);
  if (dropped) was.append(badge(dropped));
  element.classList.toggle("same", !dropped && left.textContent === line.textContent);
  element.classList.toggle("gone", !row.isBlank && (dropped !== null || !stays));
  element.classList.toggle("blank", row.isBlank);
  if (row.parts.some((part) => part.isFirst)) was.append(...labels(row));
}

/** Return the labels of the categories of the edits that begin in a row. */
function labels(row) {
  const categories = new Set(row.parts.filter((part) => part.isFirst).map((part) => categoryOf(part.piece.edit)));
  return [...categories].map((category) => make("span", { class: "label", "aria-hidden": "true" }, chip(category)));
}

/** Return the element of a part of an edit in the original. */
function cutElement(part, decision) {
  const { piece } = part;
  const text = part.text || (piece.edit[1] && part.isFirst ? "∅" : "");
  if (text.trim() === "") return make("span", {}, part.text);
  const spared = decision?.what === "keep";
  const names = ["cut", hueOf(categoryOf(piece.edit))];
  if (part.isFirst) names.push("stop");
  if (spared) names.push("spared");
  const attributes = { class: names.join(" "), "data-piece": piece.index, "data-group": piece.edit[2] };
  if (part.isFirst) Object.assign(attributes, { role: "button", tabindex: -1 });
  const inner = make("span", attributes);
  appendLong(inner, text);
  if (part.hidden) inner.append(make("span", { class: "sign" }, `… ${counted(part.hidden, "character")} more`));
  const outer = make(spared ? "span" : "del", {}, inner);
  if (decision && part.isFirst) outer.append(badge(decision));
  return outer;
}

function longElement(tag, text) {
  const element = make(tag);
  appendLong(element, text);
  return element;
}

/** Append a text; the middle of a very long one is folded. */
function appendLong(element, text) {
  if (text.length <= LONG_LINE) {
    appendText(element, text);
    return;
  }
  const head = shortenedRaw(text, LONG_EDGE);
  const tail = text.slice(isLow(text.charCodeAt(text.length - LONG_EDGE)) ? text.length - LONG_EDGE + 1 : text.length - LONG_EDGE);
  const middle = text.slice(head.length, text.length - tail.length);
  const button = make("button", { type: "button", class: "unfold" }, `⋯ ${counted(codePoints(middle), "character")} more`);
  const hidden = make("span");
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    appendText(hidden, middle);
    button.remove();
  });
  appendText(element, head);
  element.append(hidden, button);
  appendText(element, tail);
}

function shortenedRaw(text, limit) {
  return text.slice(0, isHigh(text.charCodeAt(limit - 1)) ? limit - 1 : limit);
}

/** Return the decision that counts for an edit of the document: on this place, else on its group; or null. */
function pieceDecision(piece) {
  const here = review.store.made.get(placeKey(reading.number, piece.offset, piece.length));
  if (here) return here;
  const group = review.data.groups[piece.edit[2]];
  if (!group) return null;
  const at = placeInBlock(group, piece.text);
  return (at < 0 ? null : lineDecisionOf(review.store, piece.edit[2], at, keysIn(group)[at])) ?? decisionOf(review.store, piece.edit[2], group);
}

/** Return whether a line can be marked to go: the page has all of it, and something of it was kept. */
function canGo(row) {
  return row.isWhole && row.parts.some((part) => !part.piece.edit && part.text.trim() !== "");
}

/** Return the decision that a kept line goes: on this place, else on the site; or null. */
function lineDecision(row) {
  if (!canGo(row)) return null;
  const { made } = review.store;
  const { site } = review.data.documents[reading.number];
  return made.get(placeKey(reading.number, row.offset, row.length)) ?? made.get(lineKey(site, row.text)) ?? null;
}

/** Show the decisions as they are now in the rows that are laid out; what had the focus keeps it. */
function refreshDocument() {
  if (reading.number < 0) return;
  const hadFocus = byId("text").contains(document.activeElement);
  for (const element of byId("text-body").rows) if (element.row) fillTextRow(element);
  const stop = reading.stop && findStop(reading.stop);
  reading.stop = null;
  if (stop) chooseStop(stop, hadFocus, null);
}

function findStop({ piece, row }) {
  if (piece) return byId("text").querySelector(`.stop[data-piece="${piece.index}"]`);
  return [...byId("text-body").rows].find((element) => element.row === row)?.querySelector("td.stop");
}

/** Choose a stop: mark it, explain it, and scroll to it; `withFocus` moves the focus to it. */
function chooseStop(element, withFocus, block = "nearest") {
  const tr = element.closest("tr");
  const piece = element.dataset.piece === undefined ? null : tr.row.parts.find((part) => part.piece.index === Number(element.dataset.piece)).piece;
  for (const old of byId("text").querySelectorAll(".stop.chosen, .stop[tabindex='0']")) {
    old.classList.remove("chosen");
    old.tabIndex = -1;
  }
  reading.stop = piece ? { kind: "piece", piece } : { kind: "line", row: tr.row };
  element.classList.add("chosen");
  for (const old of byId("text").querySelectorAll(".along")) old.classList.remove("along");
  if (piece && piece.edit[2] >= 0) {
    for (const other of byId("text").querySelectorAll(`[data-group="${piece.edit[2]}"]`)) other.classList.add("along");
  }
  element.tabIndex = 0;
  if (withFocus && document.activeElement !== element) element.focus({ preventScroll: true });
  if (block) element.scrollIntoView({ block });
  if (piece) explain(element);
  else hideReason();
  showBar();
}

/** Go to the next (or with -1 the one before) edit, or any stop; at the end of a document to the next document. */
function stepStop(step, selector) {
  if (reading.number < 0) {
    openDocument(0, null);
    return;
  }
  const all = [...byId("text").querySelectorAll(".stop")];
  const from = all.findIndex((element) => element.classList.contains("chosen"));
  for (let i = from < 0 ? (step > 0 ? 0 : -1) : from + step; i >= 0 && i < all.length; i += step) {
    if (all[i].matches(selector) && !(selector === ".cut" && isOfBlock(all[i], all[from]))) {
      chooseStop(all[i], true);
      return;
    }
  }
  const next = reading.number + step;
  if (selector === ".cut" && review.data.documents[next]) turnDocument(step);
  else say(step > 0 ? "This is the last one." : "This is the first one.");
}

/** Return whether two edits are of one block, which is decided at once. */
function isOfBlock(element, other) {
  const group = review.data.groups[element.dataset.group];
  return group !== undefined && element.dataset.group === other?.dataset.group && linesIn(group).length > 1;
}

/** Open the next document, or with -1 the one before. */
function turnDocument(step) {
  const next = reading.number + step;
  if (!review.data.documents[next]) {
    say(step > 0 ? "This is the last document." : "This is the first document.");
    return;
  }
  openDocument(next, null);
  say(`Document ${count(next + 1)} of ${count(review.data.documents.length)}: ${review.data.documents[next].name}.`);
}

/** Show why a piece went, beside it; the piece names the explanation as its description. */
function explain(element) {
  const tr = element.closest("tr");
  const part = tr.row.parts.find(({ piece }) => piece.index === Number(element.dataset.piece));
  const { edit } = part.piece;
  const group = review.data.groups[edit[2]];
  const reason = reasonOf(edit[3]);
  const decision = pieceDecision(part.piece);
  const facts = [];
  if (group && linesIn(group).length > 1) facts.push(`one block of ${count(linesIn(group).length)} lines, decided at once here, and one by one in the list`);
  if (group) facts.push(`${group.confidence}; in ${counted(group.documents, "document")} of the site (${percent(group.share)}); doubt ${percent(group.doubt)}`);
  if (edit[4] !== null && edit[4] !== undefined) facts.push(`the judge gives ${percent(edit[4])} that it is content`);
  const tip = byId("why");
  tip.replaceChildren(
    make("p", {}, decision?.what === "keep" ? "Stays: " : edit[1] ? "Repaired: " : "Removed: ", chip(categoryOf(edit)), " ", make("code", {}, review.data.rules[edit[3]] ?? "")),
    ...(reason ? [make("p", {}, foreign(reason))] : []),
    ...facts.map((fact) => make("p", { class: "quiet" }, fact)),
    ...(edit[1] ? [make("p", {}, "Became: ", foreign(shortened(edit[1], LINE_SHOWN)))] : []),
    ...(decision ? [make("p", {}, badge(decision))] : []),
  );
  tip.hidden = false;
  for (const old of document.querySelectorAll("[aria-describedby='why']")) old.removeAttribute("aria-describedby");
  element.setAttribute("aria-describedby", "why");
  placeBeside(tip, element.getClientRects()[0] ?? element.getBoundingClientRect(), tr.cells[2].getBoundingClientRect());
}

/** Place the explanation of a piece where it covers nothing that is clicked on: over the column of the clean text, which
 * is empty beside what went. Where the columns are stacked it stands below the piece, or above where there is no room. */
function placeBeside(tip, piece, column) {
  const isBeside = column.left > piece.left + 50;
  const room = document.documentElement.clientWidth;
  const height = tip.offsetHeight;
  const bottom = window.innerHeight - byId("bar").offsetHeight - 8;
  const below = piece.bottom + height > bottom ? piece.top - height - 6 : piece.bottom + 6;
  const top = isBeside ? Math.min(piece.top - 4, bottom - height) : below;
  tip.style.left = `${Math.max(8, Math.min(isBeside ? column.left + 12 : piece.left, room - tip.offsetWidth - 8)) + window.scrollX}px`;
  tip.style.top = `${top + window.scrollY}px`;
  tip.style.pointerEvents = isBeside ? "auto" : "none";
}

/** Hide the explanation. */
function hideReason() {
  const focused = document.activeElement?.closest?.("#text .cut");
  if (focused && !byId("why").hidden && byId("why").matches(":hover")) return;
  byId("why").hidden = true;
}
