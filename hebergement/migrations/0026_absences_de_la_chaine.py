"""An absence is of all the stays that follow each other: a move neither cuts it nor repeats it."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# The end of a stay ends its absences once the last of those that follow it is written: who writes
# both asks for it to wait (SET CONSTRAINTS).
TRIGGERS = """
CREATE FUNCTION hebergement_chaine(le_sejour uuid) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE avant AS (
        SELECT uuid, suite_de_id FROM hebergement_sejour WHERE uuid = le_sejour
        UNION ALL
        SELECT s.uuid, s.suite_de_id FROM avant a JOIN hebergement_sejour s ON s.uuid = a.suite_de_id
    )
    SELECT uuid FROM avant WHERE suite_de_id IS NULL
$$;
CREATE FUNCTION hebergement_sejours_de_la_chaine(premier uuid) RETURNS SETOF hebergement_sejour
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE chaine AS (
        SELECT uuid FROM hebergement_sejour WHERE uuid = premier
        UNION ALL
        SELECT s.uuid FROM chaine c JOIN hebergement_sejour s ON s.suite_de_id = c.uuid
    )
    SELECT s.* FROM chaine JOIN hebergement_sejour s USING (uuid)
$$;

CREATE OR REPLACE FUNCTION hebergement_absence_dans_son_sejour() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    s record;
BEGIN
    -- Who moves an end of these waits, or is waited for.
    PERFORM FROM hebergement_sejour WHERE uuid = NEW.sejour_id FOR SHARE;
    NEW.chaine := hebergement_chaine(NEW.sejour_id);
    PERFORM FROM hebergement_sejour WHERE uuid IN (
        SELECT uuid FROM hebergement_sejours_de_la_chaine(NEW.chaine)
    ) ORDER BY uuid FOR SHARE;
    SELECT min(arrivee) AS arrivee, bool_and(nature = 'SEJOUR') AS habitee,
        CASE WHEN bool_and(depart IS NOT NULL) THEN max(depart) END AS depart
    INTO s FROM hebergement_sejours_de_la_chaine(NEW.chaine);
    IF NOT s.habitee OR NEW.debut < s.arrivee OR NEW.debut > s.depart THEN
        RAISE EXCEPTION 'Une absence commence pendant son séjour.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'absence_dans_son_sejour';
    END IF;
    IF s.depart IS NOT NULL AND (NEW.fin IS NULL OR NEW.fin > s.depart) THEN
        NEW.fin := s.depart;
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER sejour_finit_ses_absences ON hebergement_sejour;
CREATE OR REPLACE FUNCTION hebergement_sejour_finit_ses_absences() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    premier uuid := hebergement_chaine(NEW.uuid);
    s record;
BEGIN
    IF NOT EXISTS (
        SELECT FROM hebergement_absence WHERE chaine = premier OR sejour_id = NEW.uuid
    ) THEN
        RETURN NULL;
    END IF;
    SELECT min(arrivee) AS arrivee, bool_and(nature = 'SEJOUR') AS habitee,
        CASE WHEN bool_and(depart IS NOT NULL) THEN max(depart) END AS depart
    INTO s FROM hebergement_sejours_de_la_chaine(premier);
    IF EXISTS (
        SELECT FROM hebergement_absence WHERE chaine = premier
        AND (NOT s.habitee OR debut < s.arrivee OR debut > s.depart)
    ) THEN
        RAISE EXCEPTION 'Une absence commence pendant son séjour.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'absence_dans_son_sejour';
    END IF;
    -- Those of a stay that follows another one now, or none.
    UPDATE hebergement_absence SET sejour_id = sejour_id
    WHERE sejour_id = NEW.uuid AND chaine <> premier;
    UPDATE hebergement_absence SET fin = s.depart
    WHERE chaine = premier AND s.depart IS NOT NULL AND (fin IS NULL OR fin > s.depart);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER sejour_finit_ses_absences
    AFTER UPDATE OF nature, arrivee, depart, suite_de_id ON hebergement_sejour
    DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW
    WHEN ((OLD.nature, OLD.arrivee, OLD.depart, OLD.suite_de_id)
        IS DISTINCT FROM (NEW.nature, NEW.arrivee, NEW.depart, NEW.suite_de_id))
    EXECUTE FUNCTION hebergement_sejour_finit_ses_absences();
"""
AVANT = """
DROP TRIGGER sejour_finit_ses_absences ON hebergement_sejour;
CREATE OR REPLACE FUNCTION hebergement_absence_dans_son_sejour() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    s record;
BEGIN
    SELECT nature, arrivee, depart INTO s
    FROM hebergement_sejour WHERE uuid = NEW.sejour_id FOR SHARE;
    IF s.nature <> 'SEJOUR' OR NEW.debut < s.arrivee OR NEW.debut > s.depart THEN
        RAISE EXCEPTION 'Une absence commence pendant son séjour.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'absence_dans_son_sejour';
    END IF;
    IF s.depart IS NOT NULL AND (NEW.fin IS NULL OR NEW.fin > s.depart) THEN
        NEW.fin := s.depart;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION hebergement_sejour_finit_ses_absences() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM nouvelles n JOIN hebergement_absence a ON a.sejour_id = n.uuid
        WHERE n.nature <> 'SEJOUR' OR a.debut < n.arrivee OR a.debut > n.depart
    ) THEN
        RAISE EXCEPTION 'Une absence commence pendant son séjour.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'absence_dans_son_sejour';
    END IF;
    UPDATE hebergement_absence a SET fin = n.depart FROM nouvelles n
    WHERE a.sejour_id = n.uuid AND (a.fin IS NULL OR a.fin > n.depart)
      AND n.depart IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER sejour_finit_ses_absences AFTER UPDATE ON hebergement_sejour
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_sejour_finit_ses_absences();
DROP FUNCTION hebergement_sejours_de_la_chaine(uuid);
DROP FUNCTION hebergement_chaine(uuid);
"""
# Those that a move had cut in two are one again.
REUNIR = """
UPDATE hebergement_absence SET chaine = hebergement_chaine(sejour_id);
CREATE TEMPORARY TABLE morceaux ON COMMIT DROP AS
WITH RECURSIVE liens AS (
    SELECT a.uuid AS avant, b.uuid AS apres FROM hebergement_absence a
    JOIN hebergement_sejour s ON s.suite_de_id = a.sejour_id AND s.arrivee = a.fin
    JOIN hebergement_absence b
        ON b.sejour_id = s.uuid AND b.debut = a.fin AND b.motif = a.motif AND b.uuid <> a.uuid
), suites AS (
    SELECT avant AS premier, apres AS uuid FROM liens
    WHERE avant NOT IN (SELECT apres FROM liens)
    UNION ALL
    SELECT premier, apres FROM suites JOIN liens ON avant = uuid
)
SELECT * FROM suites;
CREATE TEMPORARY TABLE entieres ON COMMIT DROP AS
SELECT premier, CASE WHEN bool_and(fin IS NOT NULL) THEN max(fin) END AS fin,
    max(garde_jusqu_au) AS garde_jusqu_au
FROM morceaux JOIN hebergement_absence USING (uuid) GROUP BY premier;
DELETE FROM hebergement_absence WHERE uuid IN (SELECT uuid FROM morceaux);
UPDATE hebergement_absence a
SET fin = e.fin, garde_jusqu_au = least(greatest(a.garde_jusqu_au, e.garde_jusqu_au), a.debut + 366)
FROM entieres e WHERE a.uuid = e.premier;
"""


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0025_deces_et_demandes")]

    operations = [
        migrations.AddField(
            model_name="absence",
            name="chaine",
            field=models.UUIDField(blank=True, editable=False, null=True, verbose_name="chaîne"),
        ),
        migrations.RunSQL(TRIGGERS, AVANT),
        migrations.RunSQL(REUNIR, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="absence",
            name="chaine",
            field=models.UUIDField(blank=True, editable=False, verbose_name="chaîne"),
        ),
        migrations.RemoveConstraint(model_name="absence", name="absence_une_a_la_fois"),
        migrations.AddConstraint(
            model_name="absence",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("chaine", "="),
                    (
                        models.Func(
                            models.F("debut"),
                            models.F("fin"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="absence_une_a_la_fois",
                violation_error_message="Cette personne est déjà absente à ces dates.",
            ),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='absence',
            name='version_qui_avance',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='absence',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."saisi_le", OLD."recu_le", OLD."sejour_id", OLD."chaine", OLD."motif", OLD."debut", OLD."fin", OLD."garde_jusqu_au") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."saisi_le", NEW."recu_le", NEW."sejour_id", NEW."chaine", NEW."motif", NEW."debut", NEW."fin", NEW."garde_jusqu_au"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='9b40c2b5205b0aa884cbd64f1a589a0d81d0b9a2', operation='UPDATE', pgid='pgtrigger_version_qui_avance_20490', table='hebergement_absence', when='BEFORE')),
        ),
    ]
