/** A line that a commit adds. */
export interface AddedLine {
  sha: string
  path: string
  number: number
  text: string
}

/**
 * Reads `git log -p -U0 --format=commit%x20%H` line by line. In a merge (`-c`) only what neither
 * parent has counts as added.
 */
export class AddedLines {
  #sha = ''
  #path = ''
  #parents = 1
  #number = 0
  /** Lines of the hunk still to come, of the new side. */
  #left = 0
  #inHunk = false

  take(line: string): AddedLine | undefined {
    if (line.startsWith('\\ ')) return undefined // "\\ No newline at end of file"
    if (this.#inHunk && this.#left > 0) {
      const signs = line.slice(0, this.#parents)
      if (signs.includes('-')) return undefined
      const number = this.#number++
      this.#left--
      if (signs !== '+'.repeat(this.#parents)) return undefined
      const text = line.slice(this.#parents)
      return { sha: this.#sha, path: this.#path, number, text }
    }
    const commit = /^commit ([0-9a-f]{40})$/.exec(line)
    if (commit) this.#sha = commit[1]!
    else if (line.startsWith('+++ ')) this.#path = pathIn(line.slice(4))
    const hunk = /^(@@+) .*\+(\d+)(?:,(\d+))? @@/.exec(line)
    if (hunk) {
      this.#inHunk = true
      this.#parents = hunk[1]!.length - 1
      this.#number = Number(hunk[2])
      this.#left = Number(hunk[3] ?? 1)
    }
    return undefined
  }
}

function pathIn(text: string): string {
  const plain = text.startsWith('"') ? text.slice(1, -1) : text
  return plain.replace(/^b\//, '').replace(/\t$/, '')
}
