select g.capability, g.stage, g.ended_how as ended, count(*) as grants, sum(g.rows_used) as rows_used
from operator."grant" g group by g.capability, g.stage, g.ended_how order by 1, 2, 3
