import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'

/** Pages of Parameter Store and of the cloud's container registry. */
export const storeRoutes = <P extends AnyRoute>(inside: P) =>
  [
    createRoute({
      getParentRoute: () => inside,
      path: '/cloud/ssm',
      component: lazyRouteComponent(() => import('./ssm-page.tsx'), 'SsmPage'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/cloud/ssm/$parameter',
      component: lazyRouteComponent(() => import('./parameter-page.tsx'), 'ParameterPage'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/cloud/ecr',
      component: lazyRouteComponent(() => import('./ecr-page.tsx'), 'EcrPage'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/cloud/ecr/$repository',
      component: lazyRouteComponent(() => import('./repository-page.tsx'), 'RepositoryPage'),
    }),
  ] as const
