/* What the page knows: the data that came with it, and what of it is being looked at.
 *
 * `review.data` is the JSON of the page. A group is a line × rule × site, named by its index; a document is named by its
 * index, too. A group may also be a block: lines that stand one after the other in one document; then its `line` has line
 * feeds, and it is decided at once, or line by line. The functions here only look things up.
 */

const review = {
  data: null,
  store: null, // the decisions, see decisions.js
  view: "", // the view that is shown: summary, lines, documents or decisions
  hues: [], // index of a category → number of its colour, 0 to 7
  byKey: new Map(), // key of a line → indexes of the groups with this key
};

const HUES = 8; // colours for categories in review.css; categories beyond that share colours

/** Take the data in, and prepare the look-ups. */
function takeData(data) {
  review.data = data;
  data.groups.forEach((group, index) => {
    const same = review.byKey.get(group.key);
    if (same) same.push(index);
    else review.byKey.set(group.key, [index]);
  });
  // The categories that take most have colours of their own; the summary has them in this order.
  const rank = new Map(data.summary.categories.map(([name], place) => [name, place]));
  const ordered = data.categories.map((_, index) => index);
  ordered.sort((a, b) => rankOf(rank, data.categories[a]) - rankOf(rank, data.categories[b]));
  ordered.forEach((category, place) => (review.hues[category] = place % HUES));
}

function rankOf(rank, name) {
  return rank.has(name) ? rank.get(name) : rank.size;
}

/** Return the class of the colour of a category, given by its index. */
function hueOf(category) {
  return `hue hue-${review.hues[category] ?? 0}`;
}

/** Return a label with the name of a category, in its colour. */
function chip(category) {
  return make("span", { class: `chip ${hueOf(category)}` }, review.data.categories[category] ?? "encoding");
}

/** Return the name of a site, or a word for documents that have none. */
function siteName(site) {
  return site || "(no site)";
}

/** Return the lines of a group: one, or those of a block. */
function linesIn(group) {
  return group.line.split("\n");
}

/** Return the keys of the lines of a group. */
function keysIn(group) {
  return group.key.split("\n");
}

/** Return whether a group is a block, whose lines can be decided one by one: each has a key. */
function isBlock(group) {
  const number = linesIn(group).length;
  return number > 1 && keysIn(group).length === number;
}

/** Return which line of a block (0-based) a text of a document is, or -1. Lines stand there with their bullets. */
function placeInBlock(group, text) {
  return isBlock(group) ? linesIn(group).map(bare).indexOf(bare(text)) : -1;
}

const COMPARED = 300; // UTF-16 units of a line; of very long ones the list has the beginning alone

function bare(text) {
  const trimmed = text.trim();
  return (trimmed.replace(/^[^\p{L}\p{N}]+/u, "") || trimmed).slice(0, COMPARED);
}

/** Return the index of the category of an edit, an array as in `pieces`. */
function categoryOf(edit) {
  return review.data.groups[edit[2]]?.category ?? review.data.ruleCategories?.[edit[3]] ?? -1;
}

/** Return the sentence that explains a rule, given by its index; it may be empty. */
function reasonOf(rule) {
  return review.data.reasons[rule] ?? "";
}
