/* Elements of the page: made with their attributes and children, or given other attributes. */

/* true is an attribute without a value; false, null and undefined take it away. */
export const set = (element, attributes) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
  }
  return element;
};

export const make = (tag, attributes = {}, ...children) => {
  const element = set(document.createElement(tag), attributes);
  element.append(...children);
  return element;
};
