/** The npm package `jenkins` has no types of its own; this much of it is used here. */
declare module 'jenkins' {
  import type { EventEmitter } from 'node:events'

  type Thing = Record<string, unknown>
  type Named = Thing & { name: string }

  export default class Jenkins {
    constructor(options: { baseUrl: string; crumbIssuer?: boolean })
    info(): Promise<Thing & { jobs: Thing[] }>
    crumbIssuer: { get(): Promise<Thing> }
    build: {
      get(name: string, number: number): Promise<Thing>
      log(name: string, number: number): Promise<string>
      stop(name: string, number: number): Promise<void>
      logStream(ask: { name: string; number: number; delay: number }): EventEmitter
    }
    job: {
      exists(name: string): Promise<boolean>
      create(name: string, xml: string): Promise<void>
      copy(from: string, name: string): Promise<void>
      config(name: string, xml?: string): Promise<string>
      get(name: string): Promise<Thing>
      list(name?: string): Promise<Named[]>
      enable(name: string): Promise<void>
      disable(name: string): Promise<void>
      destroy(name: string): Promise<void>
      build(
        ask: string | { name: string; parameters?: Record<string, string>; delay?: string },
      ): Promise<number>
    }
    queue: {
      list(): Promise<Thing[]>
      item(number: number): Promise<Thing & { executable?: { number: number } | null }>
      cancel(number: number): Promise<void>
    }
    node: {
      list(): Promise<Thing[]>
      get(name: string): Promise<Thing>
      exists(name: string): Promise<boolean>
      create(name: string): Promise<void>
      disable(name: string, message: string): Promise<void>
      enable(name: string): Promise<void>
    }
    label: { get(name: string): Promise<Thing> }
    plugin: { list(): Promise<{ shortName: string }[]> }
    view: {
      create(name: string): Promise<void>
      add(name: string, job: string): Promise<void>
      remove(name: string, job: string): Promise<void>
      get(name: string): Promise<Thing>
      config(name: string, xml?: string): Promise<string>
      list(): Promise<Named[]>
      exists(name: string): Promise<boolean>
      destroy(name: string): Promise<void>
    }
  }
}
