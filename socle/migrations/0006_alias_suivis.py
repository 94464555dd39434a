"""Whoever names an alias is led to the file that was kept; nothing hangs on an alias."""

from django.db import migrations

SUIVRE = """
CREATE FUNCTION socle_lier_a_l_alias(alias uuid, nom text, ligne uuid) RETURNS void
LANGUAGE sql AS $$
    -- Every merge on the way, so that each can be undone in its turn.
    INSERT INTO socle_lienpersonne (fusion_id, "table", ligne)
    WITH RECURSIVE menees AS (
        SELECT f.uuid, f.gardee_id FROM socle_fusion f
        WHERE f.alias_id = $1 AND f.annulee_le IS NULL
        UNION ALL
        SELECT f.uuid, f.gardee_id FROM menees m
        JOIN socle_fusion f ON f.alias_id = m.gardee_id AND f.annulee_le IS NULL
    )
    SELECT uuid, $2, $3 FROM menees
    ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION socle_suivre_l_alias() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE gardee uuid;
BEGIN
    -- The lock that the foreign key will take: a merge of this file comes before or after.
    SELECT alias_de_id INTO gardee FROM socle_personne WHERE uuid = NEW.personne_id FOR KEY SHARE;
    IF gardee IS NOT NULL THEN
        PERFORM socle_lier_a_l_alias(NEW.personne_id, TG_TABLE_NAME, NEW.uuid);
        NEW.personne_id := gardee;
    END IF;
    RETURN NEW;
END $$;
"""

SUIVRE_RETOUR = """
DROP FUNCTION socle_suivre_l_alias();
DROP FUNCTION socle_lier_a_l_alias(uuid, text, uuid);
"""

ACCORDS = """
CREATE FUNCTION socle_suivre_l_alias_de_l_accord() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE gardee uuid;
BEGIN
    SELECT alias_de_id INTO gardee FROM socle_personne WHERE uuid = NEW.personne_id FOR KEY SHARE;
    -- An organisme speaks for its own file: it does not open another's.
    IF gardee IS NOT NULL AND (SELECT organisme_id FROM socle_personne WHERE uuid = gardee)
        = (SELECT organisme_id FROM socle_personne WHERE uuid = NEW.personne_id)
    THEN
        PERFORM socle_lier_a_l_alias(NEW.personne_id, TG_TABLE_NAME, NEW.uuid);
        NEW.personne_id := gardee;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alias_suivi_insertion BEFORE INSERT ON socle_accordpartage
    FOR EACH ROW EXECUTE FUNCTION socle_suivre_l_alias_de_l_accord();
CREATE TRIGGER alias_suivi_correction BEFORE UPDATE OF personne_id ON socle_accordpartage
    FOR EACH ROW WHEN (NEW.personne_id IS DISTINCT FROM OLD.personne_id)
    EXECUTE FUNCTION socle_suivre_l_alias_de_l_accord();

-- Who withdraws an agreement withdraws it from all the files of that person.
CREATE FUNCTION socle_retirer_des_alias() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH aliases AS (
        SELECT alias.uuid
        FROM socle_personne alias JOIN socle_personne gardee ON gardee.uuid = alias.alias_de_id
        WHERE gardee.uuid = NEW.personne_id AND alias.organisme_id = gardee.organisme_id
    ) UPDATE socle_accordpartage a SET retire_le = greatest(NEW.retire_le, a.donne_le)
    FROM aliases
    WHERE a.personne_id = aliases.uuid AND a.organisme_id = NEW.organisme_id
      AND a.retire_le IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER accord_retire_des_alias AFTER UPDATE OF retire_le ON socle_accordpartage
    FOR EACH ROW WHEN (OLD.retire_le IS NULL AND NEW.retire_le IS NOT NULL)
    EXECUTE FUNCTION socle_retirer_des_alias();
"""

ACCORDS_RETOUR = """
DROP TRIGGER accord_retire_des_alias ON socle_accordpartage;
DROP FUNCTION socle_retirer_des_alias();
DROP TRIGGER alias_suivi_correction ON socle_accordpartage;
DROP TRIGGER alias_suivi_insertion ON socle_accordpartage;
DROP FUNCTION socle_suivre_l_alias_de_l_accord();
"""

ALIAS = """
CREATE FUNCTION socle_tenir_l_alias() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever writes for this file at this moment holds it by its key: they come first.
    PERFORM FROM socle_personne WHERE uuid = NEW.uuid FOR UPDATE;
    RETURN NEW;
END $$;
CREATE TRIGGER personne_alias_tenu BEFORE UPDATE OF alias_de_id ON socle_personne
    FOR EACH ROW WHEN (NEW.alias_de_id IS NOT NULL)
    EXECUTE FUNCTION socle_tenir_l_alias();

CREATE FUNCTION socle_refuser_les_detours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM socle_personne WHERE uuid = NEW.alias_de_id AND alias_de_id IS NULL FOR SHARE;
    IF NOT FOUND OR EXISTS (SELECT FROM socle_personne WHERE alias_de_id = NEW.uuid) THEN
        RAISE EXCEPTION 'Un alias mène à un dossier qui n''en est pas un.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'personne_alias_sans_detour';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER personne_alias_sans_detour AFTER INSERT OR UPDATE OF alias_de_id ON socle_personne
    FOR EACH ROW WHEN (NEW.alias_de_id IS NOT NULL)
    EXECUTE FUNCTION socle_refuser_les_detours();

-- Each room above names its table.
CREATE FUNCTION socle_refuser_ce_qui_reste() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE reste boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE personne_id = $1)', TG_ARGV[0])
        INTO reste USING NEW.uuid;
    IF reste THEN
        RAISE EXCEPTION 'Rien ne reste au dossier qui devient un alias.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'personne_alias_sans_suite';
    END IF;
    RETURN NULL;
END $$;
"""

ALIAS_RETOUR = """
DROP FUNCTION socle_refuser_ce_qui_reste();
DROP TRIGGER personne_alias_sans_detour ON socle_personne;
DROP FUNCTION socle_refuser_les_detours();
DROP TRIGGER personne_alias_tenu ON socle_personne;
DROP FUNCTION socle_tenir_l_alias();
"""


RESSEMBLANCE = """
-- Of 100: 50 for the pseudonym, 30 for the birth year, 5 for the gender, 15 for three days or more
-- at the same places. Nothing for two files that contradict each other.
CREATE FUNCTION socle_ressemblance(
    proximite double precision, annee integer, autre_annee integer, genre text, autre_genre text,
    coincidences integer
) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN abs(annee - autre_annee) > 2 THEN 0
    WHEN genre <> autre_genre AND 'NON_RENSEIGNE' NOT IN (genre, autre_genre) THEN 0
    ELSE round(50 * proximite)::integer
        + CASE abs(annee - autre_annee) WHEN 0 THEN 30 WHEN 1 THEN 15 WHEN 2 THEN 15 ELSE 0 END
        + CASE WHEN genre = autre_genre AND genre <> 'NON_RENSEIGNE' THEN 5 ELSE 0 END
        + 5 * least(coincidences, 3)
END;
"""

RESSEMBLANCE_RETOUR = """
DROP FUNCTION socle_ressemblance(double precision, integer, integer, text, text, integer);
"""


class Migration(migrations.Migration):
    dependencies = [("socle", "0005_fusions_index")]

    operations = [
        migrations.RunSQL(SUIVRE, SUIVRE_RETOUR),
        migrations.RunSQL(ACCORDS, ACCORDS_RETOUR),
        migrations.RunSQL(ALIAS, ALIAS_RETOUR),
        migrations.RunSQL(RESSEMBLANCE, RESSEMBLANCE_RETOUR),
    ]
