/** A refusal the product can give: its HTTP status and its text in both languages. `{name}` is filled from the refusal's parameters. */
export interface ErrorText {
  status: number
  en: string
  ko: string
}

/** Declares a capability's closed list of refusals. */
export function defineErrors<const T extends Record<string, ErrorText>>(errors: T): T {
  return errors
}

/** The form of every refusal on Madang's own API. */
export interface ErrorReply {
  error: { code: string; message: string; parameters: Record<string, string | number> }
}

/** Refusals every capability may give. */
export const kernelErrors = defineErrors({
  badRequest: {
    status: 400,
    en: 'The request is not valid: {reason}',
    ko: '요청이 올바르지 않습니다: {reason}',
  },
  notSignedIn: { status: 401, en: 'Sign in first.', ko: '먼저 로그인하세요.' },
  badCredentials: {
    status: 401,
    en: 'The name, password or token is not right.',
    ko: '이름, 비밀번호 또는 토큰이 맞지 않습니다.',
  },
  forbidden: {
    status: 403,
    en: 'You need the role {role} for this.',
    ko: '이 작업에는 {role} 역할이 필요합니다.',
  },
  csrf: {
    status: 403,
    en: 'The page is out of date; reload it and try again.',
    ko: '페이지가 오래되었습니다. 새로 고친 뒤 다시 시도하세요.',
  },
  notFound: { status: 404, en: 'There is nothing at {path}.', ko: '{path}에는 아무것도 없습니다.' },
  methodNotAllowed: {
    status: 405,
    en: '{method} is not possible here; possible: {allowed}.',
    ko: '여기서는 {method}을(를) 쓸 수 없습니다. 가능한 것: {allowed}.',
  },
  conflict: {
    status: 409,
    en: 'It changed meanwhile: {reason}',
    ko: '그 사이에 바뀌었습니다: {reason}',
  },
  tooLarge: {
    status: 413,
    en: 'The body is larger than {limit} bytes.',
    ko: '본문이 {limit}바이트보다 큽니다.',
  },
  tooMany: {
    status: 429,
    en: 'Too many tries; wait {seconds} seconds.',
    ko: '시도가 너무 많습니다. {seconds}초 뒤에 다시 하세요.',
  },
  outgoingInvalid: {
    status: 400,
    en: 'This address cannot be called: {reason}.',
    ko: '호출할 수 없는 주소입니다: {reason}.',
  },
  outgoingUnknown: {
    status: 400,
    en: 'No address is known for {host} ({code}).',
    ko: '{host}의 주소를 찾을 수 없습니다({code}).',
  },
  outgoingRefused: {
    status: 403,
    en: '{host} ({address}) is not on the public network. An administrator can allow it with the setting outgoingAllow.',
    ko: '{host}({address})은(는) 공개 네트워크에 있지 않습니다. 관리자가 outgoingAllow 설정으로 허용할 수 있습니다.',
  },
  storageFull: {
    status: 507,
    en: 'The disk is full; nothing was changed. Free some space and try again.',
    ko: '디스크가 가득 찼습니다. 바뀐 것은 없습니다. 공간을 비우고 다시 시도하세요.',
  },
  internal: {
    status: 500,
    en: 'This is our fault, not yours. The server log has it under {requestId}.',
    ko: '사용자가 아니라 저희 잘못입니다. 서버 로그의 {requestId}에서 볼 수 있습니다.',
  },
})

/** Fills `{name}` in a text. */
export function fillText(text: string, parameters: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in parameters ? String(parameters[name]) : whole,
  )
}
