// What the page understands of JSON Schema: types, enum, properties, required,
// items, additionalProperties and local references. Workers check the rest.
import { Numeral, print } from "./json.js";

/** Follows references; what leads nowhere is a schema that allows everything. */
export function resolve(schema, root) {
  for (let i = 0; i < 32 && schema && typeof schema.$ref === "string"; i++) {
    let target = root;
    for (const step of schema.$ref.split("/").slice(1)) {
      target = target?.[decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~")];
    }
    schema = schema.$ref.startsWith("#") ? target : true;
  }
  return schema && typeof schema === "object" && !schema.$ref ? schema : {};
}

/** The kind of control that a resolved schema gets; "json" is the fall-back. */
export function kindOf(schema) {
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return "enum";
  switch (schema.type) {
    case "string": case "integer": case "number": case "boolean": case "null":
      return schema.type;
    case "array":
      return schema.items && typeof schema.items === "object" ? "array" : "json";
    case "object":
      return schema.properties && Object.keys(schema.properties).length > 0 &&
        !schema.additionalProperties ? "object" : "json";
    default:
      return "json";
  }
}

/** What people call a resolved schema. */
export function nameOf(schema) {
  if (Array.isArray(schema.enum)) return "one of a list";
  return [].concat(schema.type ?? "any JSON").join(" or ");
}

/** The place of a property below a path. */
export const below = (path, name) => (path ? `${path}.${name}` : name);

/**
 * Everything that is wrong with a value, as {path, message}. Where strict, a
 * property that the schema does not name is a mistake as well.
 */
export function mistakes(value, schema, root, path = "", strict = false) {
  schema = resolve(schema, root);
  const got = typeOf(value);
  const types = [].concat(schema.type ?? []);
  const fits = types.length === 0 || types.includes(got) ||
    (types.includes("number") && got === "integer");
  if (!fits) return [{ path, message: `want ${types.join(" or ")}, got ${got}` }];
  if (Array.isArray(schema.enum) && !schema.enum.some((e) => JSON.stringify(e) === print(value, null))) {
    return [{ path, message: `want one of ${schema.enum.map((e) => JSON.stringify(e)).join(", ")}` }];
  }
  if (Array.isArray(value) && schema.items) {
    return value.flatMap((item, i) => mistakes(item, schema.items, root, `${path}[${i}]`, strict));
  }
  return value instanceof Map ? mistakesOfObject(value, schema, root, path, strict) : [];
}

function mistakesOfObject(value, schema, root, path, strict) {
  const found = (schema.required ?? []).filter((name) => !value.has(name))
    .map((name) => ({ path: below(path, name), message: "is required" }));
  for (const [name, item] of value) {
    const named = Object.hasOwn(schema.properties ?? {}, name);
    const inner = named ? schema.properties[name] : schema.additionalProperties;
    const optional = named && !(schema.required ?? []).includes(name);
    if (inner && typeof inner === "object" && !(optional && item === null)) {
      found.push(...mistakes(item, inner, root, below(path, name), strict));
    } else if (strict && !named && schema.properties && !inner) {
      found.push({ path: below(path, name), message: "the form has no such field" });
    }
  }
  return found;
}

function typeOf(value) {
  if (value === null) return "null";
  if (value instanceof Numeral) return Number.isInteger(Number(value.text)) ? "integer" : "number";
  if (Array.isArray(value)) return "array";
  return value instanceof Map ? "object" : typeof value;
}
