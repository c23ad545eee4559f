// A form made from a JSON schema: a field for each property, and the arguments they make.

import { html } from "../lib/ui.js";
import { t } from "../lib/text.js";

/** What a property is asked as: `{kind, options?, schema}`; what is no plain value is written as JSON. */
function shapeOf(schema) {
  const given = schema && typeof schema === "object" ? schema : {};
  const choices = (given.anyOf ?? given.oneOf)?.filter((choice) => choice?.type !== "null");
  const one = choices?.length === 1 ? { ...given, ...choices[0] } : given;
  const kinds = [one.type].flat().filter((kind) => kind && kind !== "null");
  if (Array.isArray(one.enum) && one.enum.every((value) => value === null || typeof value !== "object")) {
    return { kind: "enum", options: one.enum, schema: one };
  }
  if (kinds.length === 1 && ["string", "number", "integer", "boolean"].includes(kinds[0])) return { kind: kinds[0], schema: one };
  return { kind: "json", schema: one, type: kinds.length === 1 ? kinds[0] : null };
}

/** The fields of a schema: `[{name, kind, required, …}]`; null when it names none but takes some, and all is written as JSON. */
export function fieldsOf(schema) {
  const properties = Object.entries(schema?.properties ?? {});
  const required = Array.isArray(schema?.required) ? schema.required : [];
  if (properties.length > 0) return properties.map(([name, of]) => ({ name, required: required.includes(name), ...shapeOf(of) }));
  const takesNone = schema?.type === "object" && (schema.additionalProperties === undefined || schema.additionalProperties === false);
  return takesNone ? [] : null;
}

const WHOLE = { name: "", kind: "json", required: true, type: "object", schema: {} };

/** What a field's text means, or throws why it means nothing. `undefined`: it was left out. */
function meaning(field, text) {
  if (text === "") {
    if (field.required && field.kind !== "string") throw new Error(t("field_wanted"));
    return field.required ? "" : undefined;
  }
  switch (field.kind) {
    case "enum": return field.options[Number(text)];
    case "boolean": return text === "true";
    case "integer":
    case "number": {
      const value = Number(text);
      if (!Number.isFinite(value) || (field.kind === "integer" && !Number.isInteger(value))) throw new Error(t(`field_${field.kind}`));
      return value;
    }
    case "json": {
      let value;
      try {
        value = JSON.parse(text);
      } catch (error) {
        throw new Error(t("field_json", { detail: error.message }), { cause: error });
      }
      const isRight = field.type === "array" ? Array.isArray(value) : field.type !== "object" || (value !== null && typeof value === "object" && !Array.isArray(value));
      if (!isRight) throw new Error(t(`field_${field.type}`));
      return value;
    }
    default: return text;
  }
}

/** The arguments that a filled form makes: `{value, wrong}`, `wrong` naming each field that means nothing. */
export function collect(schema, form) {
  const given = new FormData(form);
  const fields = fieldsOf(schema);
  const wrong = {};
  const value = {};
  for (const field of fields ?? [WHOLE]) {
    try {
      const meant = meaning(field, given.get(`field:${field.name}`) ?? "");
      if (fields === null) return { value: meant, wrong };
      if (meant !== undefined) value[field.name] = meant;
    } catch (error) {
      wrong[field.name] = error.message;
    }
  }
  return { value, wrong };
}

export function SchemaFields({ schema, wrong }) {
  const fields = fieldsOf(schema);
  if (fields?.length === 0) return html`<p class="quiet">${t("call_no_arguments")}</p>`;
  return (fields ?? [WHOLE]).map((field) => html`<${Field} key=${field.name} field=${field} wrong=${wrong?.[field.name]} />`);
}

function Field({ field, wrong }) {
  const id = `field:${field.name}`;
  const help = [field.schema.description, wrong].filter(Boolean);
  const shared = { id, name: id, required: field.required && field.kind !== "string", "aria-invalid": wrong ? "true" : null, "aria-describedby": help.length ? `${id}:help` : null };
  return html`
    <div class="field">
      <label for=${id}><span class="mono">${field.name || t("call_arguments")}</span>${field.required ? " *" : ""} <span class="quiet small">${t(`field_is_${field.kind === "json" ? field.type ?? "json" : field.kind}`)}</span></label>
      <${Input} field=${field} shared=${shared} />
      ${help.length > 0 && html`<p id=${`${id}:help`} class="small" dir="auto">${field.schema.description && html`<span class="quiet">${field.schema.description} </span>`}${wrong && html`<span class="wrong">${wrong}</span>`}</p>`}
    </div>
  `;
}

function Input({ field, shared }) {
  const { kind, schema, required } = field;
  const start = schema.default;
  const plain = start === undefined || start === null ? "" : kind === "json" ? JSON.stringify(start) : String(start);
  if (kind === "enum" || kind === "boolean") {
    const options = kind === "enum" ? field.options.map((value, place) => [String(place), String(value), value === start]) : [["true", t("yes"), start === true], ["false", t("no"), start === false]];
    return html`<select ...${shared}>
      ${!(required && options.some(([, , chosen]) => chosen)) && html`<option value="">${t("field_none")}</option>`}
      ${options.map(([value, text, chosen]) => html`<option value=${value} selected=${chosen}>${text}</option>`)}
    </select>`;
  }
  if (kind === "number" || kind === "integer") {
    return html`<input type="number" ...${shared} step=${kind === "integer" ? "1" : "any"} min=${schema.minimum} max=${schema.maximum} defaultValue=${plain} />`;
  }
  const rows = kind === "json" ? 3 : 1;
  return html`<textarea ...${shared} class=${kind === "json" ? "mono" : ""} rows=${rows} spellcheck=${kind === "json" ? "false" : null} placeholder=${kind === "json" ? (field.type === "array" ? "[]" : "{}") : null}>${plain}</textarea>`;
}
