import { settings } from './kernel/index.ts'
import type { Madang } from './madang.ts'
import { terminalLanguage } from './terminal-language.ts'

const texts = {
  en: {
    running: (origin: string) => `Madang is running at ${origin}`,
    welcome: (link: string) => `First time here? Open this one-time link to begin:\n  ${link}`,
    stop: 'Ctrl-C stops it; nothing is lost.',
    usage: 'npm start -- [settings]',
    sources: 'Each setting is a flag, an environment variable, or a line in <home>/madang.yaml.',
  },
  ko: {
    running: (origin: string) => `마당이 ${origin} 에서 실행 중입니다`,
    welcome: (link: string) => `처음이신가요? 이 일회용 링크를 열어 시작하세요:\n  ${link}`,
    stop: 'Ctrl-C를 누르면 멈춥니다. 데이터는 그대로 남습니다.',
    usage: 'npm start -- [설정]',
    sources: '설정은 플래그, 환경 변수, 또는 <home>/madang.yaml의 한 줄로 줄 수 있습니다.',
  },
}

/** The lines after a start: where it is, and the way in while nobody has signed up. */
export async function startText(madang: Madang, environment: NodeJS.ProcessEnv): Promise<string> {
  const say = texts[terminalLanguage(environment)]
  const link = await madang.welcomeLink()
  const lines = [say.running(madang.origin), link && say.welcome(link), say.stop]
  return `\n${lines.filter(Boolean).join('\n\n')}\n\n`
}

/** Every setting with its three names, from the one list that documents them. */
export function helpText(environment: NodeJS.ProcessEnv): string {
  const language = terminalLanguage(environment)
  const say = texts[language]
  const rows = settings.map((setting) => {
    const flag = `--${setting.name.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`)}`
    const fallback = 'default' in setting && setting.default !== '' ? ` [${setting.default}]` : ''
    return `  ${flag.padEnd(16)} ${setting[language]}${fallback}`
  })
  return `${say.usage}\n\n${say.sources}\n\n${rows.join('\n')}\n`
}
