import { type ReactNode, useEffect } from 'react'
import { useQuery } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useComputedColorScheme } from '@mantine/core'
import classes from './file-page.module.css'
import { highlight } from './highlight.ts'

interface Props {
  text: string
  language: string
  /** A cell before the number of a line, from 1; it may span further lines, which then have none. */
  before?: (line: number) => ReactNode
}

/** Source text with line numbers; colours come as soon as they are there. */
export function SourceText({ text, language, before }: Props) {
  const scheme = useComputedColorScheme('light')
  const tokens = useQuery({
    queryKey: ['highlight', language, scheme, text],
    queryFn: async () => (await highlight(text, language, scheme)) ?? null,
    enabled: language !== '',
    staleTime: Infinity,
    gcTime: 60_000,
  })
  const { hash } = useLocation()
  useEffect(() => {
    // The address was there before the file was; a router's own change of it is no `:target`.
    if (hash) document.getElementById(hash)?.scrollIntoView({ block: 'center' })
  }, [hash])
  const lines = text.replace(/\n$/, '').split('\n')
  return (
    <div className={classes['source']}>
      <table>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index} id={`L${index + 1}`} data-target={hash === `L${index + 1}`}>
              {before?.(index + 1)}
              <td className={classes['number']}>
                <a href={`#L${index + 1}`}>{index + 1}</a>
              </td>
              <td className={classes['text']}>
                {tokens.data?.[index]?.map((token, at) => (
                  <span key={at} style={{ color: token.color }}>
                    {token.content}
                  </span>
                )) ?? line}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
