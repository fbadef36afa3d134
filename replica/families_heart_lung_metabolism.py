"""Families of conditions: heart and vessels, metabolism, lung and allergy. The notation is told in `families.py`."""

TEXT = """
## Cardiology | Heart and Blood Diseases | BC14 | 6331 Heart Diseases; 2318 Cardiovascular Diseases
+ Stable cardiovascular medication for at least {2|4|6} weeks before enrolment
+ Resting heart rate between 50 and {100|110} beats per minute
- Acute coronary syndrome, stroke or transient ischemic attack within the past {30|60|90} days
- Systolic blood pressure < {90|95|100} mmHg or > {160|170|180} mmHg at screening
- Planned cardiac surgery or percutaneous coronary intervention within {3|6} months
- Estimated glomerular filtration rate < {20|25|30} mL/min/1.73 m2
? Cardiovascular death or first hospitalization for heart failure | participants with an event
? Change in N-terminal pro-B-type natriuretic peptide | pg/mL
? Change in six-minute walk distance | meters

= Heart Failure | 6333 Heart Failure | Heart Failure With Reduced Ejection Fraction; Chronic Heart Failure; HFrEF
* sacubitril/valsartan (Entresto; LCZ696) 717211; dapagliflozin (Farxiga; Forxiga) 529054; \
empagliflozin (Jardiance) 570240; \
vericiguat (Verquvo) 603960; eplerenone (Inspra) 77545
+ Left ventricular ejection fraction <= {35|40|45}% documented within the past 12 months
+ New York Heart Association functional class {II to IV|II or III|III}
+ NT-proBNP >= {300|600|900} pg/mL, or BNP >= {100|150} pg/mL
- Serum potassium > {5.0|5.2|5.5} mmol/L at screening
- History of angioedema during treatment with an ACE inhibitor
? Change in Kansas City Cardiomyopathy Questionnaire clinical summary score | score on a scale

= Atrial Fibrillation | 1281 Atrial Fibrillation | Persistent Atrial Fibrillation; Nonvalvular Atrial Fibrillation
* apixaban (Eliquis) 522181; rivaroxaban (Xarelto) 69552; dronedarone (Multaq) 77764; flecainide 5424; catheter ablation
+ Atrial fibrillation documented on electrocardiogram within the past {6|12} months
+ CHA2DS2-VASc score of at least {1|2|3}
- Mechanical heart valve or moderate to severe mitral stenosis
- Left atrial diameter > {50|55|60} mm
- Creatinine clearance < {15|25|30} mL/min
? Time to first recurrence of atrial arrhythmia lasting longer than 30 seconds | days
? Major bleeding according to the ISTH definition | participants with an event

= Hypertension | 6973 Hypertension; 14652 Vascular Diseases | Essential Hypertension; High Blood Pressure
* amlodipine (Norvasc) 17311; telmisartan (Micardis) 77333; hydrochlorothiazide 6852; zilebesiran; renal denervation
+ Mean seated systolic blood pressure >= {135|140|150} mmHg and < {170|180} mmHg
+ Taking {no|one or two|at least three} antihypertensive drugs at a stable dose
- Known or suspected secondary hypertension
- Difference in systolic pressure between the arms > 20 mmHg
? Change in 24-hour mean ambulatory systolic blood pressure | mmHg
? Proportion with office blood pressure < 140/90 mmHg | participants

= Myocardial Infarction | 9203 Myocardial Infarction; 17202 Myocardial Ischemia | Acute Coronary Syndrome; STEMI
* ticagrelor (Brilinta) 77486; colchicine 3078; prasugrel (Effient) 68799; bivalirudin 74064; ischemic postconditioning
+ ST-segment elevation >= {1|2} mm in two contiguous leads
+ Symptom onset within {6|12|24} hours before randomization
- Cardiogenic shock or cardiopulmonary resuscitation for more than 10 minutes
- Fibrinolytic treatment within 24 hours
- Platelet count < {75|100} x 10^9/L
? Infarct size on cardiac magnetic resonance imaging | percentage of left ventricular mass
? Major adverse cardiovascular events | participants with an event

= Hypercholesterolemia | 6937 Hypercholesterolemia; 50171 Dyslipidemias | Familial Hypercholesterolemia; Elevated LDL
* evolocumab (Repatha) 577155; inclisiran (Leqvio) 629671; rosuvastatin (Crestor) 68718; ezetimibe (Zetia) 69438; \
bempedoic acid (Nexletol)
+ Fasting LDL cholesterol >= {70|100|130|190} mg/dL on a stable statin dose
+ Fasting triglycerides <= {400|500} mg/dL
- Lipoprotein apheresis within {2|4} months before screening
- Creatine kinase > {3|5} times the upper limit of normal
? Percent change in LDL cholesterol from baseline | percent change
? Percent change in lipoprotein(a) | percent change

## Metabolism | Nutritional and Metabolic Diseases | BC18 | 9750 Nutritional and Metabolic Diseases; \
4700 Endocrine System Diseases
+ Body mass index between {18.5|20|23} and {35|40|45} kg/m2
+ Stable body weight (less than 5 kg change) in the past {8|12} weeks
- Fasting triglycerides > {500|600|1000} mg/dL
- Systemic corticosteroids for more than {7|14} consecutive days within the past 3 months
- Bariatric surgery within the past {12|24} months
- TSH outside the range of 0.4 to {5.0|6.0} mIU/L
? Change in body weight | kg
? Change in fasting plasma glucose | mg/dL
? Change in waist circumference | cm

= Type 2 Diabetes Mellitus | 3924 Diabetes Mellitus, Type 2; 3920 Diabetes Mellitus | Type 2 Diabetes; T2DM; Diabetes
* semaglutide (Ozempic; Rybelsus) 591245; tirzepatide (Mounjaro) 704345; metformin (Glucophage) 8687; \
dulaglutide (Trulicity) 555680; insulin degludec
+ HbA1c between {6.5|7.0|7.5}% and {9.5|10.0|10.5}% at screening
+ Type 2 diabetes diagnosed at least {3|6|12} months before screening
+ Metformin at a stable dose of >= {1000|1500} mg/day for {8|12} weeks
- Diabetic ketoacidosis or hyperosmolar state within the past 6 months
- More than one episode of severe hypoglycemia within the past {6|12} months
- Proliferative retinopathy requiring acute treatment
? Change in HbA1c from baseline | percentage of glycated hemoglobin
? Time in range 70 to 180 mg/dL by continuous glucose monitoring | percent of time

= Type 1 Diabetes Mellitus | 3922 Diabetes Mellitus, Type 1; 3920 Diabetes Mellitus | Type 1 Diabetes; \
Autoimmune Diabetes
* teplizumab (Tzield) 543645; insulin glargine (Lantus) 69036; insulin aspart (NovoRapid) 61267; \
closed-loop insulin pump
+ Type 1 diabetes for at least {1|2} years, or newly diagnosed within {6|12} weeks in cohort A
+ Peak stimulated C-peptide >= 0.2 nmol/L
+ At least one positive diabetes autoantibody
- Hypoglycemia unawareness with a Gold score >= {4|5}
- HbA1c > {10|11|12}%
? Area under the curve of C-peptide after a mixed meal | nmol/L
? Severe hypoglycemia | events per participant-year

= Obesity | 9765 Obesity; 50177 Overweight | Overweight; Weight Loss; Morbid Obesity
* liraglutide (Saxenda) 69450; naltrexone/bupropion (Contrave); sleeve gastrectomy; intensive lifestyle counselling; \
time-restricted eating
+ Body mass index >= {27|30|35} kg/m2
+ At least one unsuccessful dietary effort to lose body weight
- Self-reported weight change > {3|5} kg within 3 months
- Personal or family history of medullary thyroid carcinoma
- Eating disorder or a PHQ-9 score >= {10|15}
? Percent change in body weight at week 52 | percent change
? Proportion losing >= 10% of body weight | participants

= Nonalcoholic Steatohepatitis | 65626 Non-alcoholic Fatty Liver Disease; 8107 Liver Diseases | NASH; MASH; Fatty Liver
* resmetirom (Rezdiffra); obeticholic acid (Ocaliva) 464660; pioglitazone (Actos) 77205; vitamin E 14810
+ Liver biopsy with a NAFLD activity score >= {4|5} and fibrosis stage F{1 to F3|2 or F3}
+ Controlled attenuation parameter >= {280|300} dB/m
- Alcohol intake > {20|30} g/day for men or > {10|20} g/day for women
- Cirrhosis, Child-Pugh class B or C
- ALT > {5|8} x ULN
? Resolution of steatohepatitis without worsening of fibrosis | participants
? Relative change in hepatic fat on MRI-PDFF | percent change

= Osteoporosis | 10024 Osteoporosis; 1847 Bone Diseases | Postmenopausal Osteoporosis; Low Bone Mineral Density
* denosumab (Prolia) 69448; romosozumab (Evenity) 557282; zoledronic acid (Aclasta) 77211; teriparatide (Forteo) 19379
+ Lumbar spine or total hip T-score <= {-2.0|-2.5}
+ At least {2|5} years since menopause
- Serum 25-hydroxyvitamin D < {20|30} ng/mL
- Oral bisphosphonates for more than 3 cumulative years
- Albumin-corrected calcium < 8.5 mg/dL
? Percent change in lumbar spine bone mineral density | percent change
? New vertebral fracture | participants with a fracture

## Respiratory | Respiratory Tract (Lung and Bronchial) Diseases | BC08 | 12140 Respiratory Tract Diseases; \
8171 Lung Diseases
+ Able to perform acceptable and repeatable spirometry
+ Non-smoker, or former smoker with < {10|15|20} pack-years
- Lower respiratory tract infection requiring antibiotics within {4|6|8} weeks
- Oxygen saturation < {88|90|92}% on room air at rest
- Lung transplantation or lung volume reduction surgery
- Maintenance oral corticosteroids > {10|15|20} mg/day prednisone equivalent
? Change in forced expiratory volume in one second (FEV1) | mL
? Annualized rate of exacerbations | exacerbations per year
? Change in St. George's Respiratory Questionnaire total score | score on a scale

= Asthma | 1249 Asthma; 1982 Bronchial Diseases; 12130 Respiratory Hypersensitivity | Severe Asthma; Eosinophilic Asthma
* dupilumab (Dupixent) 582203; tezepelumab (Tezspire); budesonide/formoterol (Symbicort) 69502; \
omalizumab (Xolair) 69444; \
mepolizumab (Nucala) 434107
+ Physician-diagnosed asthma for at least {6|12} months
+ Pre-bronchodilator FEV1 between {40|50}% and {80|90}% of predicted
+ Blood eosinophils >= {150|300} cells/microliter
+ At least {1|2} exacerbations treated with systemic steroids in the past year
- Asthma Control Questionnaire score < 1.5 at randomization
? Change in Asthma Control Questionnaire (ACQ-6) score | score on a scale

= Chronic Obstructive Pulmonary Disease | 29424 Pulmonary Disease, Chronic Obstructive; \
8173 Lung Diseases, Obstructive | \
COPD; Emphysema; Chronic Bronchitis
* tiotropium (Spiriva) 69447; ensifentrine (Ohtuvayre); roflumilast (Daliresp) 424423; pulmonary rehabilitation; \
azithromycin 17963
+ Post-bronchodilator FEV1/FVC < 0.70
+ FEV1 {30|35}% to {70|79}% of predicted
+ Smoking history of >= {10|20} pack-years
- Current diagnosis of asthma or alpha-1 antitrypsin deficiency
- Long-term oxygen therapy for > {12|15} hours/day
? Moderate or severe COPD exacerbations | events per year
? COPD Assessment Test score | score on a scale

= Interstitial Lung Disease | 17563 Lung Diseases, Interstitial; 54990 Idiopathic Pulmonary Fibrosis | \
Idiopathic Pulmonary Fibrosis; Systemic Disease Related Lung Fibrosis; RP-ILD
* nintedanib (Ofev) 530716; pirfenidone (Esbriet) 93026; tocilizumab (Actemra) 502936; cyclophosphamide 3520; \
nerandomilast
+ Fibrosis affecting more than {5|10}% of the lung on high-resolution CT
+ Forced vital capacity >= {45|50}% of predicted
+ DLCO corrected for hemoglobin between {25|30}% and {79|90}% of predicted
- FEV1/FVC < 0.7
- Acute exacerbation of fibrosis within the past {3|6} months
? Rate of decline in forced vital capacity over 52 weeks | mL per year
? Progression-free survival | months

= Cystic Fibrosis | 3550 Cystic Fibrosis; 30342 Genetic Diseases, Inborn | CF; Mucoviscidosis
* elexacaftor/tezacaftor/ivacaftor (Trikafta) 657938; tobramycin inhalation 14031; hypertonic saline; \
ivacaftor (Kalydeco) 545203
+ At least one F508del allele and a sweat chloride >= 60 mmol/L
+ Percent predicted FEV1 between {30|40} and 90
- Colonization with Burkholderia cenocepacia within {12|24} months
- Hemoglobin < 10 g/dL
? Absolute change in percent predicted FEV1 | percentage points
? Change in sweat chloride | mmol/L

= Allergic Rhinitis | 65631 Rhinitis, Allergic; 6967 Hypersensitivity | Hay Fever; Seasonal Allergy; Rhinoconjunctivitis
* house dust mite SLIT tablet (Acarizax); fluticasone nasal spray (Flonase) 68298; cetirizine 17332; \
birch pollen subcutaneous immunotherapy; azelastine 205
+ Positive skin prick test (wheal diameter >= {3|5} mm) to the relevant allergen
+ Specific IgE >= {0.35|0.7|3.5} kU/L
+ Moderate to severe symptoms in the previous two seasons
- FEV1 < {70|80}% of predicted
- Allergen immunotherapy within the past {2|3|5} years
? Combined symptom and medication score during the pollen season | score on a scale
? Change in specific IgG4 | mg/L
"""
