/* The view "Summary": figures, what went by category (a picture that is a table, too), by site, and what failed. */

const LIST_SHOWN = 10; // names and categories that are shown before the rest is unfolded
const THIN = 0.01; // parts of the whole below this share have no line around them, which would hide them

/** Fill the view. */
function fillSummary() {
  const { summary, shown } = review.data;
  byId("figures").append(
    figure(count(summary.documents), "documents", `${count(summary.changed)} changed`),
    figure(count(summary.words), "words", `${count(summary.words - summary.removed)} stay`),
    figure(percent(shareOf(summary.removed, summary.words)), "of the words removed", `${counted(summary.removed, "word")}, ${counted(summary.lines, "line")}`),
    figure(count(summary.guarded), "guarded", "too much would have gone"),
    figure(count(summary.failed), "failed", "left as they are"),
  );
  byId("sampled").append(...sampleSentences(shown));
  fillPicture(summary);
  fillSites(summary.sites, summary.documents);
  byId("guarded").append(
    nameList(summary.guardedNames.map((name) => [name]), summary.guarded, "No document was guarded."),
  );
  byId("failed").append(nameList(summary.failures, summary.failed, "No document failed."));
}

function shareOf(part, whole) {
  return whole ? part / whole : 0;
}

function figure(number, label, note) {
  return make("div", { class: "figure" }, make("dt", {}, label), make("dd", {}, make("b", {}, number), make("small", {}, note)));
}

/** Return sentences that say what part of everything the page holds. */
function sampleSentences(shown) {
  const sentence = ([here, all], noun) =>
    here >= all ? `This page has all ${counted(all, noun)}.` : `This page has ${count(here)} of ${counted(all, noun)}.`;
  return [
    make("p", {}, sentence(shown.groups, "removed line"), " ", sentence(shown.documents, "document")),
    review.data.summary.sample ? make("p", {}, review.data.summary.sample) : null,
    make("p", { class: "quiet" }, "A removed line counts once for each rule and site. The figures above are of all documents."),
  ].filter(Boolean);
}

/** Draw what went by category: one bar for the whole, and a table with a bar for each category. */
function fillPicture({ categories, words, removed }) {
  const index = new Map(review.data.categories.map((name, number) => [name, number]));
  const hue = (name) => (index.has(name) ? hueOf(index.get(name)) : "hue hue-7");
  const parts = categories.filter(([, , gone]) => gone > 0);
  const label = parts.map(([name, , gone]) => `${name} ${percent(shareOf(gone, words))}`).join(", ");
  const whole = makeSvg("svg", { class: "whole", role: "img", "aria-label": `Of all words ${percent(1 - shareOf(removed, words))} stay; removed: ${label || "nothing"}` });
  whole.append(makeSvg("rect", { class: "stays", width: "100%", height: "100%" }));
  let left = 1 - shareOf(removed, words);
  for (const [name, , gone] of parts) {
    const share = shareOf(gone, words);
    const part = makeSvg("rect", { class: `part ${hue(name)}${share < THIN ? " thin" : ""}`, x: `${left * 100}%`, width: `${share * 100}%`, height: "100%" });
    const title = makeSvg("title", {});
    title.textContent = `${name}: ${percent(share)} of the words`;
    part.append(title);
    whole.append(part);
    left += share;
  }
  byId("picture").append(whole);
  const most = Math.max(1, ...categories.map(([, , gone]) => gone));
  categories.forEach(([name, lines, gone], place) => {
    byId("categories").append(
      make(
        "tr",
        { hidden: place >= LIST_SHOWN },
        make("th", { scope: "row" }, make("span", { class: `chip ${hue(name)}` }, name)),
        make("td", { class: "wide" }, bar(gone / most, `part ${hue(name)}`)),
        make("td", { class: "number" }, count(gone)),
        make("td", { class: "number" }, percent(shareOf(gone, removed))),
        make("td", { class: "number" }, count(lines)),
      ),
    );
  });
  const more = byId("categories-more");
  more.hidden = categories.length <= LIST_SHOWN;
  more.textContent = `All ${count(categories.length)} categories`;
  more.addEventListener("click", () => {
    for (const row of byId("categories").rows) row.hidden = false;
    more.hidden = true;
    byId("categories").rows[LIST_SHOWN].scrollIntoView({ block: "nearest" });
  });
}

/** Fill the table of sites, and let the heads of its columns sort it. */
function fillSites(sites) {
  const body = byId("sites");
  const most = Math.max(0.01, ...sites.map(([, , words, removed]) => shareOf(removed, words)));
  const values = { site: (row) => row[0].toLowerCase(), documents: (row) => row[1], words: (row) => row[2], removed: (row) => row[3], share: (row) => shareOf(row[3], row[2]) };
  const fill = (by, descending) => {
    const sorted = [...sites].sort((a, b) => compare(values[by](a), values[by](b)) * (descending ? -1 : 1));
    body.replaceChildren(
      ...sorted.map(([site, documents, words, removed]) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, siteButton(site)),
          make("td", { class: "number" }, count(documents)),
          make("td", { class: "number" }, count(words)),
          make("td", { class: "number" }, count(removed)),
          make("td", { class: "number" }, bar(shareOf(removed, words) / most, "part plain"), percent(shareOf(removed, words))),
        ),
      ),
    );
  };
  sortByHeads(byId("sites-table"), { by: "removed", descending: true }, fill);
}

function siteButton(site) {
  const button = make("button", { type: "button", class: "link", "aria-label": `Lines of ${siteName(site)}` }, foreign(siteName(site)));
  button.addEventListener("click", () => showLinesOfSite(site));
  return button;
}

/** Return -1, 0 or 1 for two numbers, or two texts, in order. */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Let the buttons in the heads of a table sort it: `fill(by, descending)` writes its rows. */
function sortByHeads(table, state, fill) {
  const show = () => {
    for (const button of table.querySelectorAll("thead button[data-by]")) {
      const order = state.descending ? "descending" : "ascending";
      button.closest("th").setAttribute("aria-sort", button.dataset.by === state.by ? order : "none");
    }
    fill(state.by, state.descending);
  };
  table.querySelector("thead").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-by]");
    if (!button) return;
    state.descending = state.by === button.dataset.by ? !state.descending : button.dataset.first !== "up";
    state.by = button.dataset.by;
    show();
  });
  show();
}

/** Return a list of names, each with a reason if there is one; long lists are folded. */
function nameList(rows, all, nothing) {
  if (!rows.length) return make("p", { class: "quiet" }, all ? `${count(all)}, none of them on this page.` : nothing);
  const item = ([name, why]) => make("li", {}, documentLink(name), why ? make("span", { class: "why" }, ": ", foreign(why)) : null);
  const result = make("div", {}, make("ul", { class: "names" }, rows.slice(0, LIST_SHOWN).map(item)));
  if (rows.length > LIST_SHOWN) {
    const rest = make("ul", { class: "names" }, rows.slice(LIST_SHOWN).map(item));
    result.append(make("details", {}, make("summary", {}, `${count(rows.length - LIST_SHOWN)} more`), rest));
  }
  if (all > rows.length) result.append(make("p", { class: "quiet" }, `${count(all - rows.length)} more are not on this page.`));
  return result;
}

/** Return a button that opens a document, or only its name if the page does not have it. */
function documentLink(name) {
  const number = review.data.documents.findIndex((one) => one.name === name);
  if (number < 0) return foreign(name);
  const button = make("button", { type: "button", class: "link" }, foreign(name));
  button.addEventListener("click", () => openDocument(number, null));
  return button;
}
