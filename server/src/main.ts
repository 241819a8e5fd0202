import { ConfigError, FolderInUse, PortInUse, readConfig, Refusal } from './kernel/index.ts'
import { startMadang } from './madang.ts'
import { helpText, startText } from './start-text.ts'

const args = process.argv.slice(2)
if (args.includes('--help')) {
  process.stdout.write(helpText(process.env))
} else {
  await start()
}

async function start(): Promise<void> {
  try {
    const madang = await startMadang(readConfig(args, process.env))
    process.stdout.write(await startText(madang, process.env))
    stopOnSignals(() => madang.stop())
  } catch (error) {
    // What a person can mend is told in one line; anything else is a bug and shows its stack.
    if (!isForPeople(error)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}

function isForPeople(error: unknown): error is Error {
  return [ConfigError, FolderInUse, PortInUse, Refusal].some((kind) => error instanceof kind)
}

/** The first signal stops gracefully; a second one at once. */
function stopOnSignals(stop: () => Promise<void>): void {
  let isStopping = false
  const onSignal = () => {
    if (isStopping) process.exit(1)
    isStopping = true
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}
