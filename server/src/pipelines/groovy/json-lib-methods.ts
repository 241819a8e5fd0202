import { mapGet, mapHas } from './equality.ts'
import { hostError } from './errors.ts'
import { arg, type Native } from './machine.ts'
import { parseDecimal, toInt } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { type GroovyMap, JsonArray, JsonObject } from './value.ts'
import type { Value } from './value.ts'

type Read = (found: Value, name: string) => Value

const failure = (text: string) => hostError('net.sf.json.JSONException', text)

const found = (self: Value, args: Value[]) => mapGet(self as GroovyMap, arg(args, 0))

/** A getter that refuses what isn't there. */
const required =
  (read: Read): Native =>
  (self, args) => {
    const name = toGroovyString(arg(args, 0))
    const value = found(self, args)
    if (value === undefined) throw failure(`JSONObject["${name}"] not found.`)
    return read(value, name)
  }

function ofKind(type: typeof JsonObject | typeof JsonArray, kind: string): Read {
  return (value, name) => {
    if (value instanceof type) return value
    throw failure(`JSONObject["${name}"] is not a ${kind}.`)
  }
}

export const jsonObjectMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries({
    getString: required(toGroovyString),
    getInt: required((value) => toInt(parseDecimal(toGroovyString(value)))),
    getBoolean: required((value) => toGroovyString(value).toLowerCase() === 'true'),
    getJSONObject: required(ofKind(JsonObject, 'JSONObject')),
    getJSONArray: required(ofKind(JsonArray, 'JSONArray')),
    has: (self, args) => mapHas(self as GroovyMap, arg(args, 0)),
    optString: (self, args) => toGroovyString(found(self, args) ?? arg(args, 1) ?? ''),
  }),
)
