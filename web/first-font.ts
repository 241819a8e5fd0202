import type { Plugin } from 'vite'

/** Of Pretendard's pieces the one with Latin letters and digits: there is no page without it. */
const latin = /PretendardVariable\.subset\.91-[\w-]+\.woff2$/

/**
 * Names the font of the first picture in the page's head. Found in the styles alone it came after the first layout, and the
 * whole page was laid out and drawn once more with it.
 */
export function firstFont(): Plugin {
  return {
    name: 'first-font',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        if (!bundle) return []
        const file = Object.keys(bundle).find((name) => latin.test(name))
        if (!file) throw new Error('first-font: the styles name no font with Latin letters')
        const attrs = {
          rel: 'preload',
          as: 'font',
          type: 'font/woff2',
          crossorigin: '',
          href: `/${file}`,
        }
        return [{ tag: 'link', attrs, injectTo: 'head' }]
      },
    },
  }
}
