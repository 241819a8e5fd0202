// Runs before any module: Zod would compile its checks with eval, which the content policy forbids.
globalThis.__zod_globalConfig = { jitless: true }
