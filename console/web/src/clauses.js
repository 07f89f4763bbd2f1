// A rule's clauses come as a list with depths, each with its text as written. Here they become the
// rows to show: `a or b` above a and b says "any of", and the name of a `let` goes to what it means.

/** The list as a tree: [{clause, index, children}]. */
function nest(clauses) {
  const root = { children: [] };
  const path = [root];
  clauses.forEach((clause, index) => {
    const node = { clause, index, children: [] };
    path.length = Math.max(1, Math.min(path.length, clause.depth + 1));
    path.at(-1).children.push(node);
    path.push(node);
  });
  return root.children;
}

/** Whether a word of the language stands in an expression, outside brackets and texts. */
export function hasWord(text, word) {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\w+|[^\w\s]/g)) {
    if (token === "(" || token === "[") depth += 1;
    else if (token === ")" || token === "]") depth -= 1;
    else if (token === word && depth === 0) return true;
  }
  return false;
}

/** "any of", "all of", "not", or null for the name of a `let`. */
function branchOf(text) {
  const bare = bared(text);
  if (/^[A-Za-z_]\w*$/.test(bare)) return null;
  if (hasWord(bare, "or")) return "any of";
  if (hasWord(bare, "and")) return "all of";
  return "not";
}

/** Without the brackets around the whole. */
function bared(text) {
  let t = text.trim();
  while (t.startsWith("(") && closes(t) === t.length - 1) t = t.slice(1, -1).trim();
  return t;
}

function closes(text) {
  let depth = 0;
  for (let i = 0; i < text.length; ++i) {
    if (text[i] === "(") depth += 1;
    if (text[i] === ")" && --depth === 0) return i;
  }
  return -1;
}

/** The rows: {clause, index, depth, branch, name}. A branch has words instead of an expression. */
export function rowsOf(clauses) {
  const rows = [];
  const add = ({ clause, index, children }, depth, name) => {
    const branch = children.length ? branchOf(clause.text) : "";
    if (branch === null && children.length === 1) return add(children[0], depth, name ?? clause.text);
    rows.push({ clause, index, depth, name, branch: branch ?? clause.text });
    children.forEach((child) => add(child, depth + 1));
  };
  nest(clauses).forEach((node) => add(node, 0));
  return rows;
}

/** Of the rule's outermost rows, how many hold: [holding, all]. */
export function heldOf(clauses) {
  const outer = rowsOf(clauses).filter((row) => row.depth === 0);
  return [outer.filter((row) => row.clause.holds).length, outer.length];
}

/**
 * The rules, those that matter now first: a `for` that runs, then what holds, then what was decided
 * lately, then the nearest to holding. Equal ones stay in the order of the files.
 */
export function byNearness(rules, decidedAt, at) {
  const rank = (rule) => {
    if (rule.when) return rule.fires_at != null ? 4 : 3;
    if (at - (decidedAt(rule.rule) ?? -Infinity) < LATELY) return 2;
    const [holding, all] = heldOf(rule.clauses ?? []);
    return all ? holding / all : 0;
  };
  const ranked = rules.map((rule) => ({ rule, rank: rank(rule) }));
  return ranked.sort((a, b) => b.rank - a.rank);
}

const LATELY = 120_000;
