// Elements, without any HTML text.

/** Makes an element with attributes or properties, and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export const byID = (id) => document.getElementById(id);

/** Sets a text only when it is another one: selections and readers stay calm. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
