import './ui/mantine.css'
import '@mantine/notifications/styles.css'
import 'pretendard/dist/web/variable/pretendardvariable-dynamic-subset.css'
import './ui/app.css'
import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { useTranslation } from 'react-i18next'
import { createTheme, MantineProvider, mergeThemeOverrides } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { identityEndpoints } from '@madang/api'
import { answered, askAhead, client } from './api/client.ts'
import { meQuery } from './identity/me.tsx'
import { startI18n, t } from './i18n/index.ts'
import { router } from './routes.tsx'
import { useAfterFirstPicture } from './ui/idle.ts'
import { theme } from './ui/theme.ts'

const Notices = lazy(async () => ({ default: (await import('./ui/notices.tsx')).Notices }))

/** Every dialog's cross has a name, in the reader's language. */
function themeWithWords() {
  const closeButtonProps = { 'aria-label': t('ui.close') }
  const named = { defaultProps: { closeButtonProps } }
  return mergeThemeOverrides(theme, createTheme({ components: { Modal: named } }))
}

/** Rendered anew as a whole when the language changes, so every text follows. */
function App() {
  const { i18n } = useTranslation()
  const isAfter = useAfterFirstPicture()
  return (
    <MantineProvider theme={themeWithWords()} defaultColorScheme="auto">
      {isAfter && (
        <Suspense>
          <Notices />
        </Suspense>
      )}
      <QueryClientProvider client={client}>
        <RouterProvider router={router} key={i18n.language} />
      </QueryClientProvider>
    </MantineProvider>
  )
}

// A tab from before an update asks for files that are gone: it takes the new ones.
window.addEventListener('vite:preloadError', () => window.location.reload())

/** The first picture waits so long for the answers it shows; after that it is grey where one is missing. */
const ANSWERS_MS = 300

/**
 * Drawn once with everything in it: a frame, then a page in it, then what that shows were three rounds of drawing the
 * whole window. No `await` of the module's own: the pages' pieces import this one, and would wait for it.
 */
async function start(): Promise<void> {
  void client.prefetchQuery(meQuery)
  // The server has named it in the page's head: it is here by now, or soon.
  await Promise.all([startI18n(), answered(ANSWERS_MS)])
  askAhead(identityEndpoints.projectList, {})
  await router.load()
  await answered(ANSWERS_MS)
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}

void start()
