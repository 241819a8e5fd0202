import { startTransition, useEffect, useState } from 'react'

const LATEST_MS = 2000

/** Runs when there is nothing else to do; gives what calls it off. Safari has no idle callbacks. */
export function whenIdle(run: () => void): () => void {
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(run, 50)
    return () => clearTimeout(timer)
  }
  const id = window.requestIdleCallback(run, { timeout: LATEST_MS })
  return () => window.cancelIdleCallback(id)
}

/** A first picture is looked at for about so long before anything in it is used. */
const LOOK_MS = 1000
const signsOfUse = ['wheel', 'scroll', 'touchstart', 'keydown'] as const
let isLooking = true

/** Whether the first picture has been looked at: time for what only shows when it is opened or scrolled to. */
export function useAfterFirstPicture(): boolean {
  const [isAfter, setAfter] = useState(!isLooking)
  useEffect(() => (isAfter ? undefined : whenLookedAt(() => setAfter(true))), [isAfter])
  return isAfter
}

/** After a moment with nothing else to do, or at once when somebody does something; gives what calls it off. */
function whenLookedAt(run: () => void): () => void {
  const waiting = new AbortController()
  const begin = () => {
    if (waiting.signal.aborted) return
    waiting.abort()
    isLooking = false
    startTransition(run)
  }
  const { signal } = waiting
  const timer = setTimeout(() => signal.addEventListener('abort', whenIdle(begin)), LOOK_MS)
  signal.addEventListener('abort', () => clearTimeout(timer))
  for (const sign of signsOfUse) {
    window.addEventListener(sign, begin, { signal, capture: true, passive: true })
  }
  return () => waiting.abort()
}
