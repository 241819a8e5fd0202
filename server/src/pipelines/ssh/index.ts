export { fingerprintsOf, isHostname, isKey } from './known-host.ts'
export { sshRoutes } from './routes.ts'
export { createSshStore, type KnownHost, type SshStore } from './store.ts'
