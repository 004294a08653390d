// A form made from a JSON Schema. A control has an element, read(errors), which
// returns its JSON text, or undefined to leave it out, and adds what is wrong to
// errors, and fill(value), with undefined for what is absent.
import { make } from "./dom.js";
import { Numeral, parse, print } from "./json.js";
import { below, kindOf, mistakes, nameOf, resolve } from "./schema.js";

let ids = 0;

/** The control of a whole input. */
export function form(schema) {
  return control({ schema, root: schema, path: "", name: "Input", required: true });
}

function control(at) {
  const schema = resolve(at.schema, at.root);
  const kind = kindOf(schema);
  return controls[kind]({ ...at, schema, kind });
}

/** A label, an input, a hint and a place for what is wrong with it. */
function field(at, input, read, fill, kind = nameOf(at.schema)) {
  const id = `field-${++ids}`;
  const error = make("p", { class: "error", id: `${id}-error` });
  const hint = typeof at.schema.description === "string" &&
    make("p", { class: "hint", id: `${id}-hint` }, at.schema.description);
  input.id = id;
  input.setAttribute("aria-describedby", hint ? `${id}-hint ${id}-error` : `${id}-error`);
  input.dataset.path = at.path;
  const checkbox = input.type === "checkbox";
  if (at.required && !checkbox) input.setAttribute("aria-required", "true");
  const label = make("label", { for: id, class: checkbox ? "check" : undefined });
  const note = make("span", { class: "kind" }, kind + (at.required ? "" : ", optional"));
  label.append(...(checkbox ? [input] : []), make("span", {}, at.name, note));
  const element = make("div", { class: "field" }, label, ...(checkbox ? [] : [input]), error);
  if (hint) error.before(hint);

  return {
    element,
    read(errors) {
      const complain = (message) => {
        errors.push({ path: at.path, message, input });
        error.textContent = message;
        input.setAttribute("aria-invalid", "true");
      };
      error.textContent = "";
      input.removeAttribute("aria-invalid");
      return read(complain);
    },
    fill,
    label: (text) => { label.lastChild.firstChild.data = text; },
  };
}

/** A field of one line. */
function line(at, extra, toText, toField) {
  const input = make("input", { type: "text", autocomplete: "off", ...extra });
  return field(at, input, (complain) => toText(input.value, complain), (value) => {
    input.value = value === undefined || value === null ? "" : toField(value);
  });
}

function numeric(at, pattern, want, mode) {
  return line(at, { inputmode: mode }, (typed, complain) => {
    const text = typed.trim();
    if (text === "" && !at.required) return undefined;
    if (!pattern.test(text)) complain(text === "" ? `is required: want ${want}` : `want ${want}`);
    return text;
  }, (value) => (value instanceof Numeral ? value.text : String(value)));
}

/** A field that is chosen from texts of JSON. */
function choice(at, texts, show) {
  const input = make("select", {}, make("option", { value: "" }, at.required ? "choose…" : "—"),
    ...texts.map((text) => make("option", { value: text }, show(text))));
  return field(at, input, (complain) => {
    if (input.value === "" && at.required) complain("is required: choose one");
    return input.value === "" ? undefined : input.value;
  }, (value) => {
    const text = value === undefined ? "" : print(value, null);
    input.value = texts.includes(text) ? text : "";
  });
}

const controls = {
  string: (at) => line(at, { spellcheck: "false" },
    (typed) => (typed === "" && !at.required ? undefined : JSON.stringify(typed)), String),

  integer: (at) => numeric(at, /^-?(0|[1-9]\d*)$/, "an integer", "numeric"),

  number: (at) => numeric(at, /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/, "a number", "decimal"),

  boolean(at) {
    if (!at.required) return choice(at, ["true", "false"], (text) => text);
    const input = make("input", { type: "checkbox" });
    return field(at, input, () => String(input.checked), (value) => { input.checked = value === true; });
  },

  enum: (at) => choice(at, at.schema.enum.map((value) => JSON.stringify(value)), (text) => {
    const value = JSON.parse(text);
    return typeof value === "string" ? value : text;
  }),

  null: () => ({ element: make("span"), read: () => "null", fill() {} }),

  json(at) {
    const input = make("textarea", { rows: at.path === "" ? 8 : 3, spellcheck: "false" });
    const empty = at.schema.type === "object" ? "{}" : at.schema.type === "array" ? "[]" : "";
    input.value = at.required ? empty : "";
    return field(at, input, (complain) => {
      if (input.value.trim() === "" && !at.required) return undefined;
      try {
        const found = mistakes(parse(input.value), at.schema, at.root);
        if (found.length > 0) complain(list(found));
      } catch (error) {
        complain(error.message);
      }
      return input.value;
    }, (value) => {
      input.value = value === undefined ? (at.required ? empty : "") : print(value);
    }, `${nameOf(at.schema)} as JSON`);
  },

  object(at) {
    const required = at.schema.required ?? [];
    const group = at.path === "" ? make("div") : make("fieldset", {}, make("legend", {}, at.name));
    let fields = null; // Made when they are needed: schemas may contain themselves.
    const open = () => {
      fields = new Map(Object.entries(at.schema.properties).map(([name, schema]) => [name, control({
        schema, root: at.root, path: below(at.path, name), name, required: required.includes(name),
      })]));
      group.append(...[...fields.values()].map((f) => f.element));
    };
    const shut = () => {
      fields?.forEach((f) => f.element.remove());
      fields = null;
    };
    let toggle = null;
    if (at.required) {
      open();
    } else {
      toggle = make("button", { type: "button", class: "small", onclick: () => (fields ? set(false) : set(true)) });
      group.append(toggle);
    }
    function set(present) {
      if (present && !fields) open();
      if (!present && fields) shut();
      if (toggle) toggle.textContent = present ? `Leave ${at.name} out` : `Add ${at.name}`;
    }
    set(at.required);
    return {
      element: group,
      read(errors) {
        if (!fields) return undefined;
        const parts = [...fields].map(([name, f]) => [name, f.read(errors)])
          .filter(([, text]) => text !== undefined);
        return `{${parts.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
      },
      fill(value) {
        set(at.required || value instanceof Map);
        fields?.forEach((f, name) => f.fill(value instanceof Map ? value.get(name) : undefined));
      },
    };
  },

  array(at) {
    const items = make("div");
    const add = make("button", { type: "button", class: "small", onclick: () => more().focus() }, "Add an item");
    const group = make("fieldset", {}, make("legend", {}, at.name,
      make("span", { class: "kind" }, at.required ? "list" : "list, optional")), items, add);
    let fields = [];
    function renumber() {
      fields.forEach((f, i) => {
        f.control.label?.(String(i + 1));
        f.remove.setAttribute("aria-label", `Remove item ${i + 1} of ${at.name}`);
      });
    }
    function more(value) {
      const i = fields.length;
      const inner = control({
        schema: at.schema.items, root: at.root, path: `${at.path}[${i}]`, name: String(i + 1), required: true,
      });
      if (value !== undefined) inner.fill(value);
      const remove = make("button", { type: "button", class: "small", onclick: () => {
        fields = fields.filter((f) => f.control !== inner);
        row.remove();
        renumber();
        add.focus();
      } }, "Remove");
      const row = make("div", { class: "item" }, inner.element, remove);
      fields.push({ control: inner, remove, row });
      items.append(row);
      renumber();
      return row.querySelector("input, select, textarea, button");
    }
    return {
      element: group,
      read(errors) {
        if (fields.length === 0 && !at.required) return undefined;
        return `[${fields.map((f) => f.control.read(errors)).join(",")}]`;
      },
      fill(value) {
        fields.forEach((f) => f.row.remove());
        fields = [];
        if (Array.isArray(value)) value.forEach((item) => more(item));
      },
    };
  },
};

/** Mistakes as lines that name their paths. */
export function list(found) {
  return found.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("\n");
}
