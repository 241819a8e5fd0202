import type { ErrorReply } from '@madang/api'
import { CallError, csrfToken } from './call.ts'

/**
 * Puts a file to an address of this server and tells how much of it has gone, from 0 to 1; `fetch` can't say that.
 * Rejects with the server's refusal, or with a TypeError where nothing answers.
 */
export function upload(address: string, file: File, gone: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', address)
    request.setRequestHeader('x-madang-csrf', csrfToken())
    if (file.type) request.setRequestHeader('content-type', file.type)
    request.upload.addEventListener('progress', ({ loaded }) => gone(loaded / (file.size || 1)))
    request.addEventListener('error', () => reject(new TypeError('no answer')))
    request.addEventListener('load', () => {
      if (request.status < 400) resolve()
      else reject(refusal(request))
    })
    request.send(file)
  })
}

function refusal({ status, responseText }: XMLHttpRequest): CallError {
  return new CallError(status, (JSON.parse(responseText) as ErrorReply).error)
}
