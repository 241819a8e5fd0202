import { config } from 'zod'

// Zod would compile its checks with eval, which the content policy forbids.
config({ jitless: true })
