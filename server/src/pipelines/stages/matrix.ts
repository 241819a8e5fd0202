import type { Matrix, Stage } from '../declarative/index.ts'

export interface Cell {
  one: Stage
  axes: [string, string][]
}

/** The combinations of the axes that no exclude names, the first axis running fastest, each a stage. */
export function cellsOf(matrix: Matrix): Cell[] {
  let combinations: [string, string][][] = [[]]
  for (const { name, values } of matrix.axes) {
    combinations = values.flatMap((value) =>
      combinations.map((cell): [string, string][] => [...cell, [name, value]]),
    )
  }
  return combinations
    .filter((cell) => !isExcluded(matrix, cell))
    .map((cell) => cellOf(matrix, cell))
}

function isExcluded({ excludes }: Matrix, cell: [string, string][]): boolean {
  const value = (name: string) => cell.find(([axis]) => axis === name)?.[1] ?? ''
  return excludes.some((axes) =>
    axes.every(({ name, values, inverse }) => values.includes(value(name)) !== inverse),
  )
}

function cellOf(matrix: Matrix, axes: [string, string][]): Cell {
  const title = axes.map(([name, value]) => `${name} = '${value}'`).join(', ')
  const { agent, environment, tools, options, input, when, post, stages, pos } = matrix
  const settings = { agent, environment, tools, options, input, when, post, pos }
  const one: Stage = {
    ...settings,
    name: `Matrix - ${title}`,
    failFast: false,
    work: { kind: 'stages', stages },
    end: pos.offset,
  }
  return { one, axes }
}
