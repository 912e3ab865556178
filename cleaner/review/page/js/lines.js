/* The view "Lines": what went, by line × rule × site, with filters, in pages, and the chosen line in its context.
 *
 * All groups are filtered and sorted as arrays of their indexes; only one page of rows is ever in the document, so that
 * 50,000 groups are as quick as 50.
 */

// Rows on a page. To filter 50,000 lines takes a few milliseconds; to lay out the rows takes the rest of the time until the
// answer is seen. With 100 rows that was twice as long.
const PAGE_ROWS = 50;
const CONTEXTS = 2; // samples that are shown in context beside the list
const BLOCK_SHOWN = 6; // lines of a block that are shown in the list and in a sample
const AROUND = 2; // lines of context before and after a removed line
const LINE_SHOWN = 240; // characters of a line in the list; the panel beside it has all of it
const PANEL_SHOWN = 2000; // characters of a line in the panel
const SUGGESTIONS = 300; // rules and sites that the fields for them suggest

const list = {
  lowered: null, // the lines in lower case, made at the first search
  orders: new Map(), // order of all groups by "field direction"
  by: "worth",
  descending: false,
  rows: [], // the indexes of the groups that pass the filters, in order
  at: 0, // the place in `rows` that is chosen
  inside: -1, // the line that is chosen inside of the chosen block, see inside.js
};

const SORTS = {
  worth: null, // the order of the data
  line: (group) => group.line.toLowerCase(),
  rule: (group) => review.data.rules[group.rule],
  site: (group) => group.site,
  documents: (group) => group.documents,
  lines: (group) => group.lines,
  doubt: (group) => group.doubt,
};

/** Prepare the filters, and show the first page. */
function fillLines() {
  const { categories, groups, rules } = review.data;
  byId("filter-category").append(...[...categories].sort().map((name) => make("option", { value: name }, name)));
  byId("rule-names").append(...suggestions(groups.map((group) => rules[group.rule])));
  byId("site-names").append(...suggestions(groups.map((group) => group.site)));
  byId("filters").addEventListener("input", () => filterLines());
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => setTimeout(filterLines));
  byId("sort").addEventListener("change", (event) => sortLines(event.target.value, !["line", "rule", "site", "worth"].includes(event.target.value)));
  byId("lines-table").querySelector("thead").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-by]");
    if (!button) return;
    const { by, first } = button.dataset;
    sortLines(by, list.by === by ? !list.descending : first !== "up");
  });
  byId("line-rows").addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row) chooseRow(Number(row.dataset.at), event.target.closest("button") !== null);
  });
  byId("line-rows").addEventListener("dblclick", (event) => event.target.closest("tr") && openSample());
  byId("page-before").addEventListener("click", () => turnPage(-1));
  byId("page-after").addEventListener("click", () => turnPage(1));
  filterLines();
}

/** Return options with the most frequent of the names. */
function suggestions(names) {
  const numbers = new Map();
  for (const name of names) if (name) numbers.set(name, (numbers.get(name) ?? 0) + 1);
  const ordered = [...numbers].sort((a, b) => b[1] - a[1]).slice(0, SUGGESTIONS);
  return ordered.map(([name]) => make("option", { value: name }));
}

/** Return what the filters say. */
function readFilters() {
  const value = (id) => byId(id).value.trim().toLowerCase();
  return {
    text: value("filter-text"),
    rule: value("filter-rule"),
    site: value("filter-site"),
    category: byId("filter-category").value,
    state: byId("filter-state").value,
    doubt: Number(byId("filter-doubt").value) / 100,
  };
}

/** Return those of the ordered indexes whose groups pass the filter. `isDecided` tells it of an index and a group. */
function passing(data, lowered, order, filter, isDecided) {
  const rules = data.rules.map((name) => name.toLowerCase().includes(filter.rule));
  const category = data.categories.indexOf(filter.category);
  return order.filter((index) => {
    const group = data.groups[index];
    return (
      group.doubt >= filter.doubt &&
      rules[group.rule] &&
      (!filter.category || group.category === category) &&
      (!filter.site || group.site.toLowerCase().includes(filter.site)) &&
      (!filter.text || lowered[index].includes(filter.text)) &&
      (!filter.state || (filter.state === "decided") === isDecided(index, group))
    );
  });
}

/** Return all indexes in the order that is chosen. */
function orderedGroups() {
  const name = `${list.by} ${list.descending}`;
  if (!list.orders.has(name)) {
    const groups = review.data.groups;
    const order = groups.map((_, index) => index);
    if (SORTS[list.by]) {
      const values = groups.map(SORTS[list.by]);
      const sign = list.descending ? -1 : 1;
      order.sort((a, b) => compare(values[a], values[b]) * sign || a - b);
    } else if (list.descending) {
      order.reverse();
    }
    list.orders.set(name, order);
  }
  return list.orders.get(name);
}

/** Filter anew. The chosen group stays chosen if it passes; otherwise the one in its place is, or the first. */
function filterLines({ stay = false } = {}) {
  const filter = readFilters();
  byId("doubt-shown").textContent = filter.doubt ? `${Math.round(filter.doubt * 100)} % or more` : "any";
  list.lowered ??= filter.text ? review.data.groups.map((group) => group.line.toLowerCase()) : null;
  const chosen = list.rows[list.at];
  const isDecided = (index, group) => isGroupDecided(review.store, index, group);
  list.rows = passing(review.data, list.lowered, orderedGroups(), filter, isDecided);
  const place = list.rows.indexOf(chosen);
  if (place < 0) list.inside = NO_LINE;
  list.at = place >= 0 ? place : stay ? Math.max(0, Math.min(list.at, list.rows.length - 1)) : 0;
  showPage();
}

/** Sort by a field. */
function sortLines(by, descending) {
  list.by = by;
  list.descending = descending;
  byId("sort").value = by;
  list.rows = []; // so that the first row is chosen
  filterLines();
}

/** Show the page of rows that the chosen one is on. */
function showPage() {
  const hadFocus = byId("line-rows").contains(document.activeElement);
  const first = list.at - (list.at % PAGE_ROWS);
  const shown = list.rows.slice(first, first + PAGE_ROWS);
  byId("line-rows").replaceChildren(...shown.map((index, place) => lineRow(index, first + place)));
  const all = review.data.groups.length;
  byId("lines-count").textContent =
    list.rows.length === all ? counted(all, "line") : `${count(list.rows.length)} of ${counted(all, "line")}`;
  byId("lines-none").hidden = list.rows.length > 0;
  byId("lines-none").textContent = all ? "No line passes the filters." : "Nothing was removed.";
  byId("lines-table").hidden = !list.rows.length;
  byId("pager").hidden = list.rows.length <= PAGE_ROWS;
  byId("page-shown").textContent = `${count(first + 1)} to ${count(first + shown.length)} of ${count(list.rows.length)}`;
  byId("page-before").disabled = first === 0;
  byId("page-after").disabled = first + PAGE_ROWS >= list.rows.length;
  for (const button of byId("lines-table").querySelectorAll("thead button[data-by]")) {
    const order = list.descending ? "descending" : "ascending";
    button.closest("th").setAttribute("aria-sort", button.dataset.by === list.by ? order : "none");
  }
  showChosen(hadFocus);
}

/** Go a number of pages on; the focus stays on the button. */
function turnPage(step) {
  const first = list.at - (list.at % PAGE_ROWS) + step * PAGE_ROWS;
  if (first < 0 || first >= list.rows.length) return;
  list.at = first;
  list.inside = NO_LINE;
  showPage();
  byId("lines-table").scrollIntoView({ block: "start" });
  say(`Lines ${byId("page-shown").textContent}.`);
}

/** Return the row of a group. */
function lineRow(index, at) {
  const group = review.data.groups[index];
  const lines = linesIn(group);
  const size = lines.length > 1 ? make("span", { class: "badge" }, `${count(lines.length)} lines`) : null;
  const line = make("button", { type: "button", class: "line", tabindex: -1 }, foreign(lineShown(group, LINE_SHOWN, " ↵ ")));
  return make(
    "tr",
    { role: "row", "data-at": at },
    make("th", { role: "rowheader", scope: "row" }, line, " ", size, " ", make("span", { class: "verdict" })),
    make("td", { role: "cell", class: "rule" }, chip(group.category), make("code", {}, review.data.rules[group.rule])),
    make("td", { role: "cell", class: "site" }, foreign(siteName(group.site))),
    make("td", { role: "cell", class: "number documents" }, count(group.documents), make("span", { class: "unit" }, group.documents === 1 ? " document" : " documents"), " ", make("small", {}, percent(group.share))),
    make("td", { role: "cell", class: "number times" }, count(group.lines), make("span", { class: "unit" }, group.lines === 1 ? " time" : " times")),
    make("td", { role: "cell", class: "number doubt" }, bar(group.doubt, "part doubtful"), percent(group.doubt), make("span", { class: "unit" }, " doubt")),
  );
}

/** Return the line of a group, or the first lines of a block with `between` between them, cut to a number of characters. */
function lineShown(group, limit, between) {
  const lines = linesIn(group);
  const shown = lines.slice(0, BLOCK_SHOWN).map((line) => shortened(line, limit));
  if (lines.length > BLOCK_SHOWN) shown.push(`… ${count(lines.length - BLOCK_SHOWN)} more`);
  return shown.join(between) || "(blank)";
}

/** Show a row's decision as a badge. */
function markRow(row) {
  const index = list.rows[Number(row.dataset.at)];
  const shown = groupBadge(index, review.data.groups[index]);
  row.classList.toggle("decided", shown !== null);
  row.querySelector(".verdict").replaceChildren(...(shown ? [shown] : []));
}

/** Return a label that names a decision, with a sign, so that it does not go by its colour alone. */
function badge(decision, words = null) {
  const where = decision.scope === "everywhere" ? " everywhere" : decision.scope === "document" ? " here" : "";
  const sign = decision.what === "keep" ? "✓ " : "✕ ";
  return make("span", { class: `badge ${decision.what}` }, sign, foreign(words ?? decision.what + where));
}

/** Mark the chosen row of the page, and show its group in the panel; `withScroll` brings the row into the window. */
function showChosen(withFocus, withScroll = false) {
  for (const row of byId("line-rows").children) {
    const isChosen = Number(row.dataset.at) === list.at;
    if (isChosen) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    row.querySelector("button").tabIndex = isChosen ? 0 : -1;
    markRow(row);
    if (isChosen && withFocus) row.querySelector("button").focus({ preventScroll: true });
    if (isChosen && withScroll && review.view === "lines") row.scrollIntoView({ block: "nearest" });
  }
  fillPanel();
  showBar();
}

/** Choose the row at a place among all that pass the filters. */
function chooseRow(at, withFocus) {
  if (at < 0 || at >= list.rows.length) return false;
  const isOnPage = Math.floor(at / PAGE_ROWS) === Math.floor(list.at / PAGE_ROWS);
  list.at = at;
  list.inside = NO_LINE;
  if (!isOnPage) showPage();
  showChosen(withFocus, true);
  return true;
}

/** Return the index of the chosen group, or undefined if the list is empty. */
function chosenGroup() {
  return list.rows[list.at];
}

/** Show the chosen group beside the list: all of its line, the reason, the numbers, and samples in their context. */
function fillPanel() {
  const panel = byId("panel");
  const index = chosenGroup();
  if (index === undefined) {
    panel.replaceChildren();
    return;
  }
  const group = review.data.groups[index];
  if (panel.dataset.group !== String(index)) panel.scrollTop = 0;
  panel.dataset.group = index;
  const scrolled = panel.querySelector(".block")?.scrollTop;
  const fact = (term, ...value) => [make("dt", {}, term), make("dd", {}, ...value)];
  panel.replaceChildren(
    ...(isBlock(group)
      ? [make("h3", {}, `${counted(linesIn(group).length, "line")}, decided at once or one by one`), blockLines(index, group)]
      : [make("h3", { class: `cut-line ${hueOf(group.category)}` }, foreign(lineShown(group, PANEL_SHOWN, "\n")))]),
    make("p", { class: "reason" }, chip(group.category), " ", foreign(reasonOf(group.rule))),
    make(
      "dl",
      { class: "facts" },
      ...fact("Rule", make("code", {}, review.data.rules[group.rule]), ` (${group.confidence})`),
      ...fact("Site", foreign(siteName(group.site))),
      ...fact("Documents", `${count(group.documents)}, ${percent(group.share)} of the site`),
      ...fact("Removed", `${counted(group.lines, "line")}, ${counted(group.words, "word")}`),
      ...fact("Doubt", percent(group.doubt)),
      ...fact("Decision", groupBadge(index, group) ?? "none yet"),
    ),
    ...contexts(group),
  );
  if (scrolled) panel.querySelector(".block")?.scrollTo(0, scrolled);
}

/** Return the samples of a group: the first in their context, and links to the rest. */
function contexts(group) {
  const samples = group.samples.filter(([number]) => review.data.documents[number]);
  if (!samples.length) return [make("p", { class: "quiet" }, "None of its documents is on this page.")];
  const open = ([number, piece]) => {
    const button = make("button", { type: "button", class: "link" }, foreign(review.data.documents[number].name));
    button.addEventListener("click", () => openDocument(number, piece));
    return button;
  };
  const parts = samples.slice(0, CONTEXTS).map((sample) => {
    const [number, piece] = sample;
    const around = rowsAround(rowsOfDocument(number), piece, AROUND, BLOCK_SHOWN);
    const lines = around.map((row) => make("p", { dir: "auto" }, row.parts.map((part) => contextPart(part, piece, group))));
    return make("figure", { class: "context" }, make("figcaption", {}, open(sample)), make("div", {}, lines));
  });
  if (samples.length > CONTEXTS) {
    parts.push(make("p", { class: "more" }, "Also in ", samples.slice(CONTEXTS).flatMap((sample, i) => [i ? ", " : "", open(sample)])));
  }
  return parts;
}

function contextPart(part, piece, group) {
  const text = part.text.length > LINE_SHOWN ? shortened(part.text, LINE_SHOWN) : part.text;
  if (!part.piece.edit) return make("span", {}, text);
  const isHere = part.piece.index === piece || review.data.groups[part.piece.edit[2]] === group;
  return make("del", { class: isHere ? "here" : "" }, text);
}

/** Show the lines of one site. */
function showLinesOfSite(site) {
  byId("filters").reset();
  byId("filter-site").value = site;
  go("lines");
  filterLines();
}

/** Open the first sample of the chosen group that the page has. */
function openSample() {
  const group = review.data.groups[chosenGroup()];
  const sample = group?.samples.find(([number]) => review.data.documents[number]);
  if (sample) openDocument(sample[0], sample[1]);
  else say("None of the documents with this line is on this page.");
}
