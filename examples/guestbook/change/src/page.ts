import type { Entry } from './entry.ts'

const texts = {
  en: {
    title: 'Guestbook',
    name: 'Name',
    text: 'Your line',
    send: 'Leave it',
    none: 'Be the first.',
  },
  ko: {
    title: '방명록',
    name: '이름',
    text: '한마디',
    send: '남기기',
    none: '첫 글을 남겨 주세요.',
  },
}
export type Language = keyof typeof texts

export function languageOf(accepted: string | undefined): Language {
  return accepted?.toLowerCase().startsWith('ko') ? 'ko' : 'en'
}

/** The whole page. What visitors wrote is escaped. */
export function page(entries: Entry[], language: Language, version: string): string {
  const say = texts[language]
  const list = entries.map((entry) => line(entry, language)).join('\n')
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${say.title}</title>
<style>
body{font:17px/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;background:#faf8f3;color:#23221f}
form{display:grid;gap:.5rem;margin:1.5rem 0}input,textarea,button{font:inherit;padding:.5rem .7rem;border:1px solid #d9d4c7;border-radius:.5rem}
button{background:#1f6f5f;color:#fff;border:0}li{margin:.8rem 0}time,footer{color:#8a867b;font-size:.85rem}ul{padding:0;list-style:none}
</style></head>
<body><h1>${say.title}</h1>
<form method="post"><input name="name" placeholder="${say.name}" maxlength="40" required>
<textarea name="text" placeholder="${say.text}" maxlength="500" required></textarea><button>${say.send}</button></form>
<ul>${list || `<li>${say.none}</li>`}</ul>
<footer>${escape(version)}</footer></body></html>`
}

function line(entry: Entry, language: Language): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'Asia/Seoul' })
  const when = format.format(new Date(entry.at))
  return `<li><strong>${escape(entry.name)}</strong> ${escape(entry.text)} <time>${when}</time></li>`
}

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
