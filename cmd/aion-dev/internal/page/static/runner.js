// The activities, and the form that runs one.
import { call } from "./call.js";
import { byID, make, say } from "./dom.js";
import { form, list } from "./form.js";
import { parse, pretty, print } from "./json.js";
import { mistakes } from "./schema.js";
import { runs } from "./store.js";

let activities = [];
let chosen = null; // the activity in the form
let fields = null; // its control
let known = ""; // the text of the activities
let namespaces = [];
let started = 0; // the run that the form started last
let select = () => {};

export function start(onSelect) {
  select = onSelect;
  byID("form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  byID("as-json").addEventListener("change", swap);
}

export function setNamespaces(names) { namespaces = names; }

/** Asks for the activities again. */
export async function load() {
  const text = await call("GET", "/api/activities");
  if (text === known) return;
  known = text;
  activities = JSON.parse(text);
  const holder = byID("activities");
  const focused = document.activeElement?.dataset.key;
  holder.replaceChildren(...[...Map.groupBy(activities, (a) => a.queue)].map(([queue, group]) =>
    make("li", {}, make("h3", {}, queue), make("ul", {}, ...group.map((a) => make("li", {},
      make("button", {
        type: "button", "data-key": key(a), "aria-pressed": "false", onclick: () => choose(a),
      }, a.type)))))));
  byID("no-activities").hidden = activities.length > 0;
  if (focused) holder.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  const same = chosen && activities.find((a) => key(a) === key(chosen));
  if (!chosen && activities.length > 0) choose(activities[0]);
  else if (same && JSON.stringify(same) !== JSON.stringify(chosen)) choose(same);
  mark();
}

const key = (activity) => `${activity.queue}/${activity.type}`;

function mark() {
  for (const button of byID("activities").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(chosen !== null && button.dataset.key === key(chosen)));
  }
}

/** Puts an activity into the form. */
function choose(activity) {
  chosen = activity;
  byID("run").hidden = false;
  say(byID("run-title"), activity.type);
  const schema = activity.inputSchema ?? true;
  fields = form(schema);
  byID("fields").replaceChildren(fields.element);
  byID("place").replaceChildren(
    ...picker("node", "Node", ["", ...activity.nodes], "any"),
    ...picker("namespace", "Namespace", namespaces.filter((n) => activity.namespaces.includes(n))));
  byID("as-json").checked = false;
  setMode(false);
  clear();
  say(byID("run-status"), "");
  started = 0;
  for (const side of ["input", "output"]) {
    const text = activity[`${side}Schema`];
    say(byID(`${side}-schema`), text === null ? "not advertised" : pretty(JSON.stringify(text)));
  }
  mark();
}

/** A choice that is only there when there is one. */
function picker(id, label, values, none) {
  if (values.length < 2) return [];
  return [make("div", { class: "field" }, make("label", { for: id }, label),
    make("select", { id }, ...values.map((v) => make("option", { value: v }, v || none))))];
}

function setMode(json) {
  byID("fields").hidden = json;
  byID("json-field").hidden = !json;
}

function clear() {
  byID("json-error").textContent = "";
  byID("json").removeAttribute("aria-invalid");
}

/** Complains at the text area. */
function refuse(message) {
  byID("json-error").textContent = message;
  byID("json").setAttribute("aria-invalid", "true");
  byID("json").focus();
}

/** Goes between the form and its JSON. What the form cannot show stays JSON. */
function swap() {
  const json = byID("as-json").checked;
  clear();
  if (json) {
    byID("json").value = pretty(fields.read([]) ?? "");
    setMode(true);
    return;
  }
  const schema = chosen.inputSchema ?? true;
  try {
    const value = parse(byID("json").value);
    const found = mistakes(value, schema, schema, "", true);
    if (found.length > 0) throw new Error(list(found));
    fields.fill(value);
    setMode(false);
  } catch (error) {
    byID("as-json").checked = true;
    refuse(error.message);
  }
}

/** The input as a JSON text, null when there are mistakes, which are shown. */
function input() {
  if (!byID("as-json").checked) {
    const errors = [];
    const text = fields.read(errors);
    if (errors.length === 0) return text;
    errors[0].input.focus();
    say(byID("run-status"), errors.length === 1 ? "One field needs a look." :
      `${errors.length} fields need a look.`);
    return null;
  }
  clear();
  try {
    const value = parse(byID("json").value);
    const schema = chosen.inputSchema ?? true;
    const found = mistakes(value, schema, schema);
    if (found.length > 0) throw new Error(list(found));
    return print(value, null);
  } catch (error) {
    refuse(error.message);
    return null;
  }
}

async function submit() {
  const text = input();
  if (text === null) return;
  const names = { queue: chosen.queue, activity: chosen.type };
  for (const id of ["node", "namespace"]) {
    if (byID(id)?.value) names[id] = byID(id).value;
  }
  const head = JSON.stringify(names).slice(0, -1);
  const button = byID("form").querySelector("[type=submit]");
  button.setAttribute("aria-disabled", "true");
  try {
    const run = JSON.parse(await call("POST", "/api/runs", `${head},"input":${text}}`));
    started = run.number;
    report();
    select(run.number, true);
  } catch (error) {
    say(byID("run-status"), error.message);
  }
  button.removeAttribute("aria-disabled");
}

/** Forgets the run that the form started last. */
export function forget() {
  started = 0;
  say(byID("run-status"), "");
}

/** Says how the run is that the form started last. */
export function report() {
  if (started === 0) return;
  const run = runs.get(started);
  say(byID("run-status"), run ? `Run ${started}: ${run.state}` : `Run ${started}: started`);
}
