export { letGo } from './answer.ts'
export { keepAliveS } from './answer-head.ts'
export { PlainConnection } from './connection.ts'
export { wholeBodyBytes } from './request-head.ts'
