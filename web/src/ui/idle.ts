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

/** A first picture is looked at before anything in it is used. */
const LOOK_MS = 300
let isLooking = true

/** Whether the first picture has stood for a moment: time for what only shows when it is opened. */
export function useAfterFirstPicture(): boolean {
  const [isAfter, setAfter] = useState(!isLooking)
  useEffect(() => {
    if (isAfter) return
    let callOff = () => undefined as void
    const timer = setTimeout(() => {
      callOff = whenIdle(() => {
        isLooking = false
        startTransition(() => setAfter(true))
      })
    }, LOOK_MS)
    return () => {
      clearTimeout(timer)
      callOff()
    }
  }, [isAfter])
  return isAfter
}
