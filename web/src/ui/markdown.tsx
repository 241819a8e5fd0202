import { useMemo } from 'react'
import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true })

/** Markdown as people write it in issues; sanitised, so it can't become script. Issue keys become links. */
export function Markdown({ text, project }: { text: string; project?: string }) {
  const html = useMemo(
    () => DOMPurify.sanitize(linkKeys(markdown.render(text), project)),
    [text, project],
  )
  // oxlint-disable-next-line react/no-danger -- sanitised one line above
  return <div className="markdown" dangerouslySetInnerHTML={{ __html: html }} />
}

function linkKeys(html: string, project: string | undefined): string {
  if (!project) return html
  const pattern = new RegExp(`(^|[\\s(>])(${project}-\\d+)\\b(?![^<]*</a>)`, 'g')
  return html.replace(pattern, `$1<a href="/p/${project}/issues/$2">$2</a>`)
}
