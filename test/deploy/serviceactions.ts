/** What each service role may do, for which service. A change here is a change of what is asked of a customer: say why. */
export const SERVICE_ACTIONS: Readonly<
  Record<string, { readonly service: string; readonly actions: readonly string[] }>
> = {
  'privet-control': {
    service: 'ecs-tasks.amazonaws.com',
    actions: ['secretsmanager:GetSecretValue'],
  },
  'privet-scaling': {
    service: 'application-autoscaling.amazonaws.com',
    actions: ['cloudwatch:DescribeAlarms', 'ecs:DescribeServices', 'ecs:UpdateService'],
  },
  'privet-connector': {
    service: 'ecs-tasks.amazonaws.com',
    actions: ['s3:PutObject', 'secretsmanager:GetSecretValue'],
  },
  'privet-delivery': {
    service: 'firehose.amazonaws.com',
    actions: ['s3:AbortMultipartUpload', 's3:PutObject'],
  },
  'privet-warehouse-copy': { service: 'redshift.amazonaws.com', actions: ['s3:GetObject'] },
  'privet-flow-logs': {
    service: 'vpc-flow-logs.amazonaws.com',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  },
  'privet-plane': {
    service: 'ecs-tasks.amazonaws.com',
    actions: [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      's3:PutObjectRetention',
      'secretsmanager:GetSecretValue',
    ],
  },
  'privet-installer': {
    service: 'cloudformation.amazonaws.com',
    actions: [
      'application-autoscaling:*',
      'cloudtrail:*',
      'cloudwatch:*',
      'ec2:*',
      'ecs:*',
      'elasticfilesystem:*',
      'elasticloadbalancing:*',
      'iam:PassRole',
      'logs:*',
      'rds:*',
      's3:CreateBucket',
      's3:Get*Configuration',
      's3:GetBucket*',
      's3:PutBucket*',
      's3:PutEncryptionConfiguration',
      'secretsmanager:CreateSecret',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetRandomPassword',
      'secretsmanager:TagResource',
    ],
  },
  'privet-batch': { service: 'ecs-tasks.amazonaws.com', actions: ['s3:GetObject', 's3:PutObject'] },
  'privet-start': {
    service: 'ecs-tasks.amazonaws.com',
    actions: [
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:GetSecretValue',
    ],
  },
};
