import type { GroovyClass, GroovyClosure, GroovyObject, Value } from './value.ts'

/** What `this` and free names mean inside a method, closure or script body. */
export interface Owner {
  /** The object of a class's method; null in the script. */
  self: GroovyObject | null
  /** The class whose method runs, also when static; null in the script. */
  type: GroovyClass | null
  /** The innermost closure being run. */
  closure: GroovyClosure | null
  /** The name shown in stack texts. */
  method: string
}

/** Local variables of a block and everything around it. */
export class Scope {
  private readonly names = new Map<string, Value>()
  readonly parent: Scope | null
  readonly owner: Owner
  constructor(parent: Scope | null, owner: Owner) {
    this.parent = parent
    this.owner = owner
  }

  child(owner: Owner = this.owner): Scope {
    return new Scope(this, owner)
  }

  declare(name: string, value: Value): void {
    this.names.set(name, value)
  }

  lookup(name: string): Value | undefined {
    if (this.names.has(name)) return this.names.get(name)
    for (let scope = this.parent; scope; scope = scope.parent) {
      const value = scope.names.get(name)
      if (value !== undefined) return value
    }
    return undefined
  }

  /** False when no scope declares the name. */
  assign(name: string, value: Value): boolean {
    if (this.names.has(name)) {
      this.names.set(name, value)
      return true
    }
    for (let scope = this.parent; scope; scope = scope.parent) {
      if (!scope.names.has(name)) continue
      scope.names.set(name, value)
      return true
    }
    return false
  }
}
