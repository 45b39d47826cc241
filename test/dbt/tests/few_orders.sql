select * from {{ ref('daily') }} where orders < 0
