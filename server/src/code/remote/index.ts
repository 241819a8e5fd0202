export { fetchRemote, listRemote, pushRemote, type RemoteAnswer } from './git-remote.ts'
export { landRefs } from './land-refs.ts'
export { basicOf, readRemote, type Remote, type RemoteLogin } from './login.ts'
export { isFinal, refuseRemote, spoken } from './refuse.ts'
